// What every engine must do, asked of each in each browser: one suite for the interface, whatever library works below.

import type { NamedTensor } from '@shoal/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModelManifest, Run } from '../../../src/protocol/messages.ts'
import { maxDifference, values } from '../../rig/answers.ts'
import { kinds, type Opened, open } from '../../rig/openPage.ts'
import { putSeeded } from '../../rig/pageModels.ts'
import type { TestHost } from '../../rig/TestHost.ts'

type Request = Pick<Run, 'input' | 'tensors'>

interface Subject {
  readonly title: string
  readonly put: (host: TestHost) => Promise<ModelManifest>
  readonly request: Request
  readonly wrong: Request
  /** Blocks the lane for long enough to let messages pile up, on a machine that has other work too. */
  readonly heavy: Request
}

const ids = (name: string, value: bigint, length: number, rows: number): NamedTensor => ({
  name,
  dtype: 'int64',
  dims: [rows, length],
  data: new BigInt64Array(rows * length).fill(value),
})
const bert = (length: number, rows = 1): Request => ({
  input: { kind: 'tensors' },
  tensors: [
    ids('input_ids', 9n, length, rows),
    ids('attention_mask', 1n, length, rows),
    ids('token_type_ids', 0n, length, rows),
  ],
})
const flat = ({ input, tensors }: Request): Request => ({
  input,
  tensors: tensors.map(tensor => ({ ...tensor, dims: tensor.dims.slice(1) }) as NamedTensor),
})

const subjects: readonly Subject[] = [
  {
    title: 'onnxruntime-web',
    put: async host => (await putSeeded(host, 'bertEncoder')).graph,
    request: bert(6),
    wrong: flat(bert(6)),
    heavy: bert(512, 16),
  },
  {
    title: 'Transformers.js',
    put: async host => (await putSeeded(host, 'bertEncoder')).task,
    request: { input: { kind: 'task', text: 'a shoal of fish' }, tensors: [] },
    wrong: { input: { kind: 'task', audio: { samplingRate: 16_000 } }, tensors: [] },
    heavy: {
      input: { kind: 'task', text: new Array(16).fill('fish and more fish '.repeat(100)) },
      tensors: [],
    },
  },
]

const failure = (code: string) => expect.objectContaining({ _tag: 'LaneError', code })

for (const kind of kinds)
  describe.skipIf(kind.found === undefined)(`An engine in ${kind.title}`, () => {
    let opened: Opened
    beforeAll(async () => {
      opened = await open(kind)
    })
    afterAll(() => opened[Symbol.asyncDispose]())

    describe.each(subjects.map((subject, at) => ({ ...subject, lane: at + 1 })))('$title', subject => {
      const { lane, request, wrong } = subject
      let model: ModelManifest
      let whole: readonly number[]
      const run = async (over: Partial<Run> = {}) =>
        values((await opened.page.run({ lane, model: model.key, ...request, ...over })).tensors[0])
      beforeAll(async () => {
        model = await subject.put(opened.host)
        await opened.page.openLane(lane, 'wasm')
      })

      it('loads a model: says how far its files are, what it takes and gives, and how long it took', async () => {
        const loaded = await opened.page.load(lane, model)
        expect(loaded.inputs.map(({ name }) => name)).toEqual([
          'input_ids',
          'attention_mask',
          'token_type_ids',
        ])
        expect(loaded.outputs.map(({ dtype }) => dtype)).toContain('float32')
        expect(loaded.timing.createMs).toBeGreaterThan(0)
        const whole = opened.page.log.flatMap(message =>
          message.t === 'progress' && message.loaded === message.total ? [message.file] : [],
        )
        expect(whole).toContain(model.graphFile)
        expect(loaded.files?.downloadedBytes).toBeGreaterThan(1_000_000)
      })

      it('answers at once for a model that is loaded', async () => {
        const { timing, files } = await opened.page.load(lane, model)
        expect([timing.createMs, files]).toEqual([0, undefined])
      })

      it('runs it, and gives the same for the same', async () => {
        whole = await run()
        expect(whole.length).toBeGreaterThan(100)
        expect(whole.every(Number.isFinite)).toBe(true)
        expect(await run()).toEqual(whole)
      })

      it('refuses wrong input, work whose time is over, and a model that it does not have', async () => {
        await expect(run(wrong)).rejects.toEqual(failure('WrongInput'))
        await expect(run({ deadlineMs: 0 })).rejects.toEqual(failure('DeadlinePassed'))
        await expect(run({ model: 'another' })).rejects.toEqual(failure('ModelNotLoaded'))
        expect(await run()).toEqual(whole)
      })

      it('drops what waits when it is cancelled, and nothing else', async () => {
        const { page } = opened
        const start = (what: Request) => page.start({ lane, model: model.key, ...what })
        const started = [start(subject.heavy), ...Array.from({ length: 5 }, () => start(request))]
        const last = started.at(-1)
        if (last === undefined) return expect.unreachable()
        page.send({ t: 'cancel', id: last.id, lane })
        const ends = await Promise.allSettled(started.map(({ result }) => result))
        expect(ends.slice(0, 5).map(({ status }) => status)).toEqual(new Array(5).fill('fulfilled'))
        expect(ends[5]).toEqual({ status: 'rejected', reason: failure('Cancelled') })
      })

      it('says of a broken file and of a missing one which it is, and loads a whole one after that', async () => {
        const { host, page } = opened
        const files = model.files.map(file =>
          file.path === model.graphFile ? { ...file, bytes: 5000 } : file,
        )
        const broken = { ...model, key: 'broken', root: `broken-${lane}/`, files }
        for (const { path } of files) host.copy(model.root + path, broken.root + path)
        host.put(broken.root + model.graphFile, new Uint8Array(5000).fill(7))
        await expect(page.load(lane, broken)).rejects.toEqual(failure('ModelInvalid'))
        await expect(page.load(lane, { ...model, key: 'gone', root: 'gone/' })).rejects.toEqual(
          failure('ModelFileMissing'),
        )
        const other = { ...model, key: 'other' }
        await page.load(lane, other)
        expect(await run({ model: 'other' })).toEqual(whole)
        await page.unload(lane, 'other')
      })

      it('lets a model go, and takes it again', async () => {
        const { page } = opened
        await page.unload(lane, model.key)
        await page.unload(lane, 'never loaded')
        await expect(run()).rejects.toEqual(failure('ModelNotLoaded'))
        await page.load(lane, model)
        expect(maxDifference(await run(), whole)).toBe(0)
      })

      it('is gone with its lane, and there again in the next', async () => {
        const { page } = opened
        const closed = page.next(message => (message.t === 'laneClosed' ? message : undefined))
        page.send({ t: 'laneClose', lane })
        await closed
        await expect(run()).rejects.toEqual(failure('LaneGone'))
        await page.openLane(lane, 'wasm')
        await page.load(lane, model)
        expect(await run()).toEqual(whole)
      })
    })
  })
