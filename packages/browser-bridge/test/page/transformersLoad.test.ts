// A task's graphs are made side by side: where one cannot be, none of them stays in the heap. Over ONNX Runtime's own
// WebAssembly and a fake of Transformers.js, which makes its sessions as that does.

import * as ort from 'onnxruntime-web'
import { afterEach, expect, it, vi } from 'vitest'
import type { OrtRuntime } from '../../src/page/engines/ortRuntime.ts'
import { InferenceSession, type TappedOptions } from '../../src/page/engines/tap.ts'
import { tinyGraph } from '../../src/page/engines/tinyGraph.ts'
import { Lock } from '../../src/page/Lock.ts'
import { ModelFiles } from '../../src/page/ModelFiles.ts'

/** The graphs of a task, each given when it is told to come: undefined is a file that does not. */
let graphs: readonly Promise<Uint8Array | undefined>[] = []

vi.mock('@huggingface/transformers', () => ({
  env: {},
  LogLevel: { NONE: 0 },
  AutoFeatureExtractor: {},
  StoppingCriteria: class {},
  RawImage: class {},
  Tensor: class {},
  BaseStreamer: class {},
  random: {},
  pipeline: async (_task: string, _name: string, options: { session_options: TappedOptions }) => {
    await Promise.all(
      graphs.map(async coming => {
        const bytes = await coming
        if (bytes === undefined) throw new Error('its file did not come')
        const session = await InferenceSession.create(bytes, options.session_options)
        Object.assign(session, { config: {} })
      }),
    )
  },
}))

const { transformersEngine } = await import('../../src/page/engines/transformers.ts')

ort.env.wasm.numThreads = 1
ort.env.logLevel = 'error'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Loads the graphs; tells how many sessions were made, and how many are left once nothing is at work any more. */
async function load(coming: typeof graphs) {
  graphs = coming
  let made = 0
  let left = 0
  const { create } = ort.InferenceSession
  vi.spyOn(ort.InferenceSession, 'create').mockImplementation(async (...args: unknown[]) => {
    const session = await Reflect.apply(create, ort.InferenceSession, args)
    made++
    left++
    const { release } = session
    session.release = async () => {
      left--
      await release.call(session)
    }
    return session
  })
  const lock = new Lock()
  const runtime: OrtRuntime = {
    backend: 'wasm',
    lock,
    threads: 1,
    deviceLost: new Promise(() => {}),
    lookAtDevice: async () => {},
  }
  const files = new ModelFiles({
    filesUrl: 'http://host/f/',
    manifest: {
      key: 'k',
      name: 'm',
      kind: 'task',
      task: 'text-generation',
      root: 'k/',
      graphFile: 'm.onnx',
      dtype: 'fp32',
      files: [],
    },
    onProgress: () => {},
    cache: undefined,
    signal: new AbortController().signal,
  })
  const loaded = transformersEngine(runtime).load(files)
  const counts = async () => {
    // What waits for its file asks for the lock a step after that has come.
    await new Promise(done => setImmediate(done))
    await lock.run(async () => {})
    return { made, left }
  }
  return { loaded, counts }
}

const broken = new Uint8Array(1000).fill(7)
const now = (bytes: Uint8Array | undefined) => Promise.resolve(bytes)

it('lets go of the graph that was made where the next one is no model', async () => {
  const { loaded, counts } = await load([now(tinyGraph), now(broken)])
  await expect(loaded).rejects.toMatchObject({ code: 'ModelInvalid' })
  expect(await counts()).toEqual({ made: 1, left: 0 })
})

it('lets go of one that is on its way when the load fails, and makes none whose file comes later', async () => {
  const late = Promise.withResolvers<Uint8Array>()
  const { loaded, counts } = await load([now(tinyGraph), now(undefined), late.promise])
  await expect(loaded).rejects.toMatchObject({ code: 'EngineFailed' })
  late.resolve(tinyGraph)
  expect((await counts()).left).toBe(0)
})
