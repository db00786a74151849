// What a lane does with frames, over an engine whose work ends when the test says so.

import { joinChunks } from '@shoal/tensor'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer, Engine, LoadedModel } from '../../src/page/engines/Engine.ts'
import type { FromLane } from '../../src/page/innerMessages.ts'
import { LaneHost } from '../../src/page/LaneHost.ts'
import { decodePageFrame, encodeFrame } from '../../src/protocol/codec.ts'
import type { HostMessage, ModelManifest, PageMessage } from '../../src/protocol/messages.ts'
import { LaneError } from '../../src/protocol/wireErrors.ts'

const manifest: ModelManifest = {
  key: 'k',
  name: 'model k',
  kind: 'graph',
  root: 'k/',
  graphFile: 'm.onnx',
  dtype: 'fp32',
  files: [],
}
const answer: Answer = {
  tensors: [{ name: 'y', dtype: 'float32', dims: [1], data: Float32Array.of(1) }],
  inputs: 0,
  timing: { preprocessMs: 1, computeMs: 2, postprocessMs: 3 },
}

class Bench {
  readonly said: string[] = []
  readonly messages: PageMessage[] = []
  readonly runs: PromiseWithResolvers<Answer>[] = []
  readonly loads: PromiseWithResolvers<void>[] = []
  disposed = 0
  /** Its port takes no answer. */
  deaf = false
  /** Held, where a test wants to say when the lane has been looked at. */
  look: Promise<void> = Promise.resolve()
  readonly host: LaneHost

  constructor() {
    const engine: Engine = {
      load: async files => {
        const gate = Promise.withResolvers<void>()
        this.loads.push(gate)
        await gate.promise
        const model: LoadedModel = {
          manifest: files.manifest,
          inputs: [],
          outputs: [],
          createMs: 9,
          run: () => {
            const gate = Promise.withResolvers<Answer>()
            this.runs.push(gate)
            return gate.promise
          },
          dispose: async () => {
            this.disposed++
          },
        }
        return model
      },
    }
    this.host = new LaneHost({
      filesUrl: 'http://host/f/',
      limits: { maxHeaderBytes: 1000, maxFrameBytes: 1000, maxTensors: 1 },
      engine: async () => engine,
      cache: async () => 'none here',
      post: message => this.#post(message),
      turn: () => new Promise(done => setImmediate(done)),
      failed: () => this.look,
    })
  }

  #post(message: FromLane): void {
    if (message.kind === 'fatal') this.said.push(`fatal: ${message.error.message}`)
    if (message.kind === 'end' && this.deaf) throw new Error('its port is closed')
    if (message.kind === 'begin') this.said.push(`begin ${message.id}`)
    if (message.kind !== 'frame' && message.kind !== 'end') return
    const frame = decodePageFrame(joinChunks(message.parts))
    this.messages.push(frame)
    const id = 'id' in frame ? ` ${frame.id}` : ''
    this.said.push(frame.t === 'failed' ? `failed${id} ${frame.error.code}` : `${frame.t}${id}`)
  }

  give(message: HostMessage): void {
    this.host.receive(joinChunks(encodeFrame(message)).buffer)
  }

  run(id: number, deadlineMs = 1e6, model = 'k'): void {
    this.give({ t: 'run', id, lane: 1, model, input: { kind: 'tensors' }, deadlineMs, tensors: [] })
  }

  async settle(): Promise<void> {
    // Twice: a slow machine makes the lane take a turn of its own between two runs.
    for (let turn = 0; turn < 2; turn++) await new Promise(done => setImmediate(done))
  }
}

describe('a lane', () => {
  let bench: Bench
  beforeEach(async () => {
    bench = new Bench()
    bench.give({ t: 'load', id: 1, lane: 1, model: manifest })
    await bench.settle()
    bench.loads[0]?.resolve()
    await bench.settle()
    expect(bench.said.splice(0)).toEqual(['loaded 1'])
  })
  afterEach(() => expect(bench.host.idle).toBe(true))

  const finish = async (at: number, error?: unknown) => {
    if (error === undefined) bench.runs[at]?.resolve(answer)
    else bench.runs[at]?.reject(error)
    await bench.settle()
  }

  it('runs one at a time, in order of arrival', async () => {
    bench.run(10)
    bench.run(11)
    await bench.settle()
    expect(bench.said).toEqual([])
    expect(bench.runs).toHaveLength(1)
    expect(bench.host.idle).toBe(false)
    await finish(0)
    expect(bench.said).toEqual(['result 10'])
    expect(bench.runs).toHaveLength(2)
    await finish(1)
    expect(bench.said.at(-1)).toBe('result 11')
  })

  it('is looked at after a run that failed, before the next one begins: it might never end', async () => {
    const look = Promise.withResolvers<void>()
    bench.look = look.promise
    for (const id of [10, 11]) bench.run(id)
    await finish(0, new Error('mapping a buffer failed'))
    expect([bench.said, bench.runs.length]).toEqual([[], 1])
    look.resolve()
    await bench.settle()
    expect([bench.said, bench.runs.length]).toEqual([['failed 10 EngineFailed'], 2])
    await finish(1)
  })

  it('that cannot be looked at after a run that failed says that it is of no use any more', async () => {
    bench.look = Promise.reject(new Error('no buffer'))
    bench.look.catch(() => {})
    for (const id of [10, 11]) bench.run(id)
    bench.give({ t: 'unload', id: 2, lane: 1, model: 'k' })
    await finish(0, new Error('mapping a buffer failed'))
    expect(bench.said).toEqual(['fatal: no buffer', 'unloaded 2'])
    expect(bench.runs).toHaveLength(1)
  })

  it('that cannot say an answer says that it is of no use any more, of a load as of a run', async () => {
    bench.deaf = true
    bench.run(10)
    await finish(0)
    bench.give({ t: 'unload', id: 2, lane: 1, model: 'k' })
    await bench.settle()
    expect(bench.said).toEqual(['fatal: its port is closed', 'fatal: its port is closed'])
  })

  it('whose socket was lost begins nothing more of what was asked over it', async () => {
    for (const id of [10, 11, 12]) bench.run(id)
    bench.host.forsaken()
    expect(bench.said.splice(0)).toEqual(['failed 11 Cancelled', 'failed 12 Cancelled'])
    bench.run(13)
    await finish(0)
    expect(bench.runs).toHaveLength(2)
    await finish(1)
    expect(bench.said).toEqual(['result 10', 'result 13'])
  })

  it('numbers its answers, so that one which came twice can be told', async () => {
    for (let run = 0; run < 3; run++) bench.run(10 + run)
    await finish(0)
    await finish(1, new TypeError('oh'))
    await finish(2)
    const made = bench.messages.flatMap(message => (message.t === 'result' ? message.made : []))
    const [{ worker } = { worker: undefined }] = made.flatMap(one => one ?? [])
    expect(made).toEqual([
      { worker, number: 1 },
      { worker, number: 2 },
    ])
    expect(worker).toMatch(/^[\w-]{32}$/)
  })

  it('goes on after a run that failed, and says whether it may be tried again', async () => {
    bench.run(10)
    bench.run(11)
    await finish(0, new LaneError('OutOfMemory', 'no room'))
    await finish(1, new TypeError('oh'))
    expect(bench.said).toEqual(['failed 10 OutOfMemory', 'failed 11 EngineFailed'])
    expect(bench.messages.at(-2)).toMatchObject({ retryable: true })
  })

  it('drops what is cancelled while it waits, and finishes what is at work', async () => {
    bench.run(10)
    bench.run(11)
    bench.give({ t: 'cancel', id: 11, lane: 1 })
    bench.give({ t: 'cancel', id: 10, lane: 1 })
    bench.give({ t: 'cancel', id: 99, lane: 1 })
    await finish(0)
    expect(bench.said).toEqual(['failed 11 Cancelled', 'result 10'])
    expect(bench.runs).toHaveLength(1)
  })

  it('says so of an answer that the host would not take', async () => {
    bench.run(10)
    bench.runs[0]?.resolve({ ...answer, tensors: [...answer.tensors, ...answer.tensors] })
    await bench.settle()
    expect(bench.said).toEqual(['failed 10 AnswerTooLarge'])
  })

  it('cuts a failure that the host would not take: its stack first, then its message', async () => {
    bench.run(10)
    bench.run(11)
    const deep = new LaneError('EngineFailed', 'short')
    deep.stack = `short\n${'  at a very long path\n'.repeat(100)}`
    await finish(0, deep)
    await finish(1, new LaneError('EngineFailed', '\u0000 says more than anyone reads. '.repeat(100)))
    expect(bench.said).toEqual(['failed 10 EngineFailed', 'failed 11 EngineFailed'])
    expect(bench.messages.at(-2)).toMatchObject({ error: { code: 'EngineFailed', message: 'short' } })
    expect(bench.messages.at(-1)).toMatchObject({
      error: { message: expect.stringMatching(/^\ufffd says more.*…$/) },
    })
  })

  it('does not begin what is too late', async () => {
    bench.run(10, -1)
    await bench.settle()
    expect(bench.said).toEqual(['failed 10 DeadlinePassed'])
  })

  it('loads while a run is at work, once for a key, and answers at once for what is loaded', async () => {
    bench.run(10)
    const other = { ...manifest, key: 'other' }
    bench.give({ t: 'load', id: 2, lane: 1, model: other })
    bench.give({ t: 'load', id: 3, lane: 1, model: other })
    await bench.settle()
    expect(bench.loads).toHaveLength(2)
    bench.loads[1]?.resolve()
    await bench.settle()
    expect(bench.said).toEqual(['loaded 2', 'loaded 3'])
    expect(bench.loads).toHaveLength(2)
    expect(bench.messages.at(-1)).toMatchObject({ timing: { createMs: 0 } })
    await finish(0)
  })

  it('says that a run has begun only where it did so while a load was not done', async () => {
    bench.give({ t: 'load', id: 2, lane: 1, model: { ...manifest, key: 'other' } })
    bench.run(10)
    await bench.settle()
    expect(bench.said).toEqual(['begin 10'])
    bench.loads[1]?.resolve()
    await bench.settle()
    await finish(0)
    bench.run(11)
    await finish(1)
    expect(bench.said).toEqual(['begin 10', 'loaded 2', 'result 10', 'result 11'])
  })

  it('forgets a load that failed: the next one tries again', async () => {
    const other = { ...manifest, key: 'other' }
    bench.give({ t: 'load', id: 2, lane: 1, model: other })
    await bench.settle()
    bench.loads[1]?.reject(new LaneError('ModelInvalid', 'no'))
    await bench.settle()
    bench.give({ t: 'load', id: 3, lane: 1, model: other })
    await bench.settle()
    bench.loads[2]?.resolve()
    await bench.settle()
    expect(bench.said).toEqual(['failed 2 ModelInvalid', 'loaded 3'])
  })

  it('keeps a model until its run has ended', async () => {
    bench.run(10)
    bench.give({ t: 'unload', id: 2, lane: 1, model: 'k' })
    await bench.settle()
    expect(bench.disposed).toBe(0)
    await finish(0)
    expect(bench.said).toEqual(['result 10', 'unloaded 2'])
    expect(bench.disposed).toBe(1)
  })

  it('keeps a model until the runs that came before its unload have ended, also those that wait', async () => {
    for (const id of [10, 11, 12]) bench.run(id)
    bench.give({ t: 'unload', id: 2, lane: 1, model: 'k' })
    await bench.settle()
    bench.run(13)
    bench.give({ t: 'cancel', id: 12, lane: 1 })
    await finish(0)
    expect(bench.disposed).toBe(0)
    await finish(1)
    expect(bench.disposed).toBe(1)
    expect(bench.said.toSorted()).toEqual([
      'begin 11',
      'failed 12 Cancelled',
      'failed 13 ModelNotLoaded',
      'result 10',
      'result 11',
      'unloaded 2',
    ])
  })

  it('unloads once, and says so also of what it never had', async () => {
    bench.give({ t: 'unload', id: 2, lane: 1, model: 'k' })
    bench.give({ t: 'unload', id: 3, lane: 1, model: 'k' })
    await bench.settle()
    bench.run(10)
    await bench.settle()
    expect(bench.said).toEqual(['unloaded 2', 'unloaded 3', 'failed 10 ModelNotLoaded'])
    expect(bench.disposed).toBe(1)
  })
})
