// Tasks in real browsers: text, pictures and sound as people have them, answered by a seeded model; and the same
// model as a graph, on the lane's own preprocessed inputs, agrees.

import { readFile } from 'node:fs/promises'
import type { NamedTensor } from '@shoal/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Result, TaskInput } from '../../../src/protocol/messages.ts'
import { maxDifference, values } from '../../rig/answers.ts'
import { kinds, type Opened, open } from '../../rig/openPage.ts'
import { hasShared, putSeeded, sharedModel, sharedTitle } from '../../rig/pageModels.ts'

const named = (result: Result) => result.tensors.slice(0, result.inputs).map(({ name }) => name)

/** Mean over positions, then length 1: what feature-extraction promises. */
function pooled({ dims, data }: NamedTensor): number[] {
  const [, positions = 0, size = 0] = dims
  const mean = Array.from({ length: size }, (_, i) => {
    let sum = 0
    for (let p = 0; p < positions; p++) sum += (data as Float32Array)[p * size + i] ?? Number.NaN
    return sum / positions
  })
  const length = Math.hypot(...mean)
  return mean.map(value => value / length)
}

for (const kind of kinds)
  describe.skipIf(kind.found === undefined)(`Tasks in ${kind.title}`, () => {
    let opened: Opened
    beforeAll(async () => {
      opened = await open(kind)
      await opened.page.openLane(1, 'wasm', 2)
    })
    afterAll(() => opened[Symbol.asyncDispose]())

    /** Runs the task, then its graph on the inputs that the lane made for it. */
    const both = async (
      architecture: Parameters<typeof putSeeded>[1],
      input: TaskInput,
      tensors: NamedTensor[],
    ) => {
      const { page, host } = opened
      const { task, graph } = await putSeeded(host, architecture)
      const loaded = await page.load(1, task)
      const result = await page.run({ lane: 1, model: task.key, input, returnInputs: true, tensors })
      await page.load(1, graph)
      const inputs = result.tensors.slice(0, result.inputs)
      const raw = await page.run({ lane: 1, model: graph.key, input: { kind: 'tensors' }, tensors: inputs })
      const answers = result.tensors.slice(result.inputs)
      return { loaded, result, answers, raw }
    }

    it('embed a text as one vector of length 1, the mean of its graph’s hidden states', async () => {
      const { loaded, result, answers, raw } = await both(
        'bertEncoder',
        { kind: 'task', text: 'a shoal of fish' },
        [],
      )
      expect(loaded.inputs.map(({ name }) => name)).toEqual(named(result))
      expect(named(result)).toContain('input_ids')
      expect(answers).toHaveLength(1)
      const hidden = raw.tensors.find(({ dims }) => dims.length === 3) as NamedTensor
      expect(maxDifference(values(answers[0]), pooled(hidden))).toBeLessThan(1e-5)
      expect(result.timing.computeMs).toBeGreaterThan(0)
    })

    it('embed several texts at once, with options of the request', async () => {
      const { page, host } = opened
      const { task } = await putSeeded(host, 'bertEncoder')
      const run = (input: TaskInput) => page.run({ lane: 1, model: task.key, input, tensors: [] })
      await page.load(1, task)
      const batch = await run({ kind: 'task', text: ['one', 'two fish'] })
      const single = await run({ kind: 'task', text: 'two fish' })
      expect(batch.tensors[0]?.dims[0]).toBe(2)
      const size = batch.tensors[0]?.dims[1] ?? 0
      expect(maxDifference(values(batch.tensors[0]).slice(size), values(single.tensors[0]))).toBeLessThan(
        1e-5,
      )
      const whole = await run({
        kind: 'task',
        text: 'two fish',
        options: { pooling: 'none', normalize: false },
      })
      expect(whole.tensors[0]?.dims).toHaveLength(3)
    })

    it('turn raw pixels into the hidden states that their graph gives for pixel_values', async () => {
      const [width, height] = [40, 30]
      const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256)
      const image: NamedTensor = { name: 'image', dtype: 'uint8', dims: [height, width, 3], data }
      const input: TaskInput = { kind: 'task', image: { width, height, channels: 3 } }
      const { result, answers, raw } = await both('vit', input, [image])
      expect(named(result)).toEqual(['pixel_values'])
      expect(maxDifference(values(answers[0]), values(raw.tensors[0]))).toBeLessThan(1e-5)
    })

    it.skipIf(!hasShared)(`have an encoded picture decoded by the browser${sharedTitle}`, async () => {
      const data = new Uint8Array(await readFile(sharedModel('mnist/digit-3.jpg')))
      const image: NamedTensor = { name: 'image', dtype: 'uint8', dims: [data.length], data }
      const { answers, raw } = await both('vit', { kind: 'task', image: 'encoded' }, [image])
      expect(maxDifference(values(answers[0]), values(raw.tensors[0]))).toBeLessThan(1e-5)
    })

    it('refuse bytes that are no picture as wrong input', async () => {
      const { page, host } = opened
      const { task } = await putSeeded(host, 'vit')
      await page.load(1, task)
      const image: NamedTensor = { name: 'image', dtype: 'uint8', dims: [4], data: Uint8Array.of(1, 2, 3, 4) }
      const run = page.run({
        lane: 1,
        model: task.key,
        input: { kind: 'task', image: 'encoded' },
        tensors: [image],
      })
      await expect(run).rejects.toMatchObject({
        code: 'WrongInput',
        message: expect.stringMatching(/cannot decode the image \(4 bytes, starting 01 02 03 04\)/),
      })
    })

    it('turn samples into Whisper’s features and the hidden states that their graph gives', async () => {
      const data = Float32Array.from({ length: 16_000 }, (_, i) => Math.sin(i / 20) / 2)
      const audio: NamedTensor = { name: 'audio', dtype: 'float32', dims: [data.length], data }
      const input: TaskInput = { kind: 'task', audio: { samplingRate: 16_000 } }
      const { result, answers, raw } = await both('whisperEncoder', input, [audio])
      expect(named(result)).toEqual(['input_features'])
      expect(maxDifference(values(answers[0]), values(raw.tensors[0]))).toBeLessThan(1e-5)
    })

    it('refuse another sampling rate than the model’s as wrong input', async () => {
      const { page, host } = opened
      const { task } = await putSeeded(host, 'whisperEncoder')
      await page.load(1, task)
      const audio: NamedTensor = { name: 'audio', dtype: 'float32', dims: [1], data: Float32Array.of(0) }
      const input: TaskInput = { kind: 'task', audio: { samplingRate: 44_100 } }
      await expect(page.run({ lane: 1, model: task.key, input, tensors: [audio] })).rejects.toMatchObject({
        code: 'WrongInput',
        message: expect.stringMatching(/sampled at 16000 Hz, got 44100 Hz/),
      })
    })

    it.each(['fp16', 'q8'] as const)(
      'take the %s files where the manifest’s dtype names them',
      async dtype => {
        const { page, host } = opened
        const { task } = await putSeeded(host, 'bertEncoder', dtype)
        await page.load(1, task)
        const input: TaskInput = { kind: 'task', text: 'a shoal of fish' }
        const { tensors } = await page.run({ lane: 1, model: task.key, input, tensors: [] })
        expect(Math.hypot(...values(tensors[0]))).toBeCloseTo(1, 2)
        const asked = host.requested.filter(url => url.includes('.onnx'))
        expect(asked.at(-1)).toContain(dtype === 'fp16' ? 'model_fp16.onnx' : 'model_quantized.onnx')
      },
    )

    it('ask nothing of anybody but the host', async () => {
      const urls = await opened.tab.evaluate(() =>
        performance.getEntriesByType('resource').map(({ name }) => name),
      )
      const { origin } = new URL(opened.host.url)
      expect(urls.filter(url => !url.startsWith(origin) && !url.startsWith('data:'))).toEqual([])
    })
  })
