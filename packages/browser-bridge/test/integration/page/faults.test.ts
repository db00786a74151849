// What goes wrong in a lane: each with its own code, a message that says what to do, and a lane that works on.

import { readFile } from 'node:fs/promises'
import type { NamedTensor } from '@shoal/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModelManifest } from '../../../src/protocol/messages.ts'
import { kinds, type Opened, open } from '../../rig/openPage.ts'
import {
  hasShared,
  identityGraph,
  putGraph,
  putSeeded,
  sharedModel,
  sharedTitle,
  zerosGraph,
} from '../../rig/pageModels.ts'

const one = (dtype: 'float32' | 'int32' = 'float32', name = 'x'): NamedTensor =>
  dtype === 'float32'
    ? { name, dtype, dims: [1], data: Float32Array.of(1) }
    : { name, dtype, dims: [1], data: Int32Array.of(1) }
const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ _tag: 'LaneError', code, message: expect.stringMatching(message) })

for (const kind of kinds)
  describe.skipIf(kind.found === undefined)(`A lane in ${kind.title}`, () => {
    let opened: Opened
    let identity: ModelManifest
    const run = (tensors: readonly NamedTensor[], model = identity.key, deadlineMs = 60_000) =>
      opened.page.run({ lane: 1, model, input: { kind: 'tensors' }, tensors, deadlineMs })
    beforeAll(async () => {
      opened = await open(kind, { limits: { maxHeaderBytes: 1e6, maxFrameBytes: 1e7, maxTensors: 10 } })
      identity = putGraph(opened.host, 'identity', identityGraph('float32'))
      await opened.page.openLane(1, 'wasm')
      await opened.page.load(1, identity)
    })
    afterAll(async () => {
      const { tensors } = await run([one()])
      expect(tensors).toEqual([one('float32', 'y')])
      await opened[Symbol.asyncDispose]()
    })

    it('refuses wrong inputs: name, dtype, rank, none, and a task’s input to a graph', async () => {
      const { page } = opened
      await expect(run([one('int32')])).rejects.toEqual(
        failure('WrongInput', /'x' expects float32, got int32/),
      )
      await expect(run([one('float32', 'z')])).rejects.toEqual(failure('WrongInput', /input 'x' is missing/))
      await expect(run([{ ...one(), dims: [1, 1] }])).rejects.toEqual(
        failure('WrongInput', /expects \[n\], got \[1, 1\]/),
      )
      await expect(run([])).rejects.toEqual(failure('WrongInput', /is missing/))
      const task = { lane: 1, model: identity.key, input: { kind: 'task', text: 'hi' }, tensors: [] } as const
      await expect(page.run(task)).rejects.toEqual(failure('WrongInput', /takes tensors/))
    })

    it('refuses work for a model that is not loaded, and for a lane that is not open', async () => {
      await expect(run([one()], 'nobody')).rejects.toEqual(failure('ModelNotLoaded', /nobody is not loaded/))
      await expect(
        opened.page.run({ lane: 9, model: 'm', input: { kind: 'tensors' }, tensors: [] }),
      ).rejects.toEqual(failure('LaneGone', /lane 9, which is not open/))
    })

    it('refuses work whose deadline has passed', async () => {
      await expect(run([one()], identity.key, 0)).rejects.toEqual(failure('DeadlinePassed', /had passed/))
    })

    it('names a file that the host does not have, and one that the manifest lacks', async () => {
      const { page } = opened
      const gone = { ...identity, key: 'gone', root: 'gone/resolve/main/' }
      await expect(page.load(1, gone)).rejects.toEqual(
        failure('ModelFileMissing', /'onnx\/model.onnx'.*answered 404/),
      )
      const empty = { ...identity, key: 'empty', files: [] }
      await expect(page.load(1, empty)).rejects.toEqual(
        failure('ModelFileMissing', /the model has no such file/),
      )
    })

    it('refuses a file that is shorter than its manifest says', async () => {
      const [file] = identity.files
      const longer = {
        ...identity,
        key: 'longer',
        files: [{ ...file, path: 'onnx/model.onnx', bytes: 1e6, sha256: '' }],
      }
      await expect(opened.page.load(1, longer)).rejects.toEqual(
        failure('ModelFileMissing', /of 1000000 bytes came/),
      )
    })

    it('refuses a model that is no ONNX, and one that is cut off', async () => {
      const { host, page } = opened
      const noise = putGraph(
        host,
        'noise',
        Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251),
      )
      await expect(page.load(1, noise)).rejects.toEqual(
        failure('ModelInvalid', /^noise could not be loaded: /),
      )
      const half = putGraph(host, 'half', identityGraph('float32').slice(0, 60))
      await expect(page.load(1, half)).rejects.toEqual(failure('ModelInvalid', /^half could not be loaded: /))
    })

    it.skipIf(!hasShared)(`names an operator that no back-end here has${sharedTitle}`, async () => {
      const bytes = await readFile(sharedModel('super-resolution/model.onnx'))
      const model = putGraph(opened.host, 'super-resolution', bytes)
      await expect(opened.page.load(1, model)).rejects.toEqual(failure('UnsupportedOperator', /DecodeImage/))
    })

    it('outlives a graph that wants more memory than there is', async () => {
      const { host, page } = opened
      const model = putGraph(host, 'zeros', zerosGraph())
      await page.openLane(2, 'wasm')
      await page.load(2, model)
      const zeros = (count: bigint) =>
        page.run({
          lane: 2,
          model: 'zeros',
          input: { kind: 'tensors' },
          tensors: [{ name: 'x', dtype: 'int64', dims: [1], data: BigInt64Array.of(count) }],
        })
      await expect(zeros(2n ** 33n)).rejects.toEqual(failure('OutOfMemory', /^zeros could not be run: /))
      expect((await zeros(3n)).tensors[0]?.dims).toEqual([3])
    })

    it('does not send an answer that is larger than the host takes, and says so', async () => {
      const { host, page } = opened
      const model = putGraph(host, 'large', zerosGraph())
      await page.load(1, model)
      const x: NamedTensor = { name: 'x', dtype: 'int64', dims: [1], data: BigInt64Array.of(3_000_000n) }
      const large = page.run({ lane: 1, model: 'large', input: { kind: 'tensors' }, tensors: [x] })
      await expect(large).rejects.toEqual(
        failure('AnswerTooLarge', /needs 120\d+ bytes, the limit is 10000000/),
      )
    })

    it('says why a back-end does not work here', async () => {
      await expect(opened.page.openLane(3, 'webnn-npu')).rejects.toEqual(
        failure('BackendUnavailable', /^webnn-npu does not work in this browser: /),
      )
    })

    it('refuses a task that there is not, a task without its files and a task’s wrong input, and then runs the task', async () => {
      const { host, page } = opened
      const { task } = await putSeeded(host, 'bertEncoder')
      await expect(page.load(1, { ...task, key: 'a', task: 'mind-reading' })).rejects.toEqual(
        failure('UnknownTask', /there is no task 'mind-reading'/),
      )
      const files = task.files.filter(({ path }) => path !== 'config.json')
      await expect(page.load(1, { ...task, key: 'b', files })).rejects.toEqual(
        failure('ModelFileMissing', /needs 'config.json'/),
      )
      const noise = putGraph(
        host,
        'noisy-bert',
        Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251),
      )
      const broken = {
        ...task,
        key: 'c',
        root: noise.root,
        files: task.files.map(file => (file.path === 'onnx/model.onnx' ? { ...file, bytes: 5000 } : file)),
      }
      for (const { path } of task.files) {
        if (path !== 'onnx/model.onnx') host.copy(task.root + path, noise.root + path)
      }
      await expect(page.load(1, broken)).rejects.toEqual(failure('ModelInvalid', /could not be loaded/))
      await page.load(1, task)
      const input = { lane: 1, model: task.key, tensors: [] }
      await expect(page.run({ ...input, input: { kind: 'task' } })).rejects.toEqual(
        failure('WrongInput', /task 'feature-extraction' takes text, got nothing/),
      )
      await expect(page.run({ ...input, input: { kind: 'tensors' } })).rejects.toEqual(
        failure('WrongInput', /takes text, image or audio/),
      )
      const { tensors } = await page.run({ ...input, input: { kind: 'task', text: 'still there' } })
      expect(tensors[0]?.dims[0]).toBe(1)
    })
  })
