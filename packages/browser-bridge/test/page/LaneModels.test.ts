// A lane holds no model that its host does not know of, however a load ends. Over an engine whose loads end when the
// test says so.

import { beforeEach, describe, expect, it } from 'vitest'
import type { LoadedModel } from '../../src/page/engines/Engine.ts'
import { LaneModels } from '../../src/page/LaneModels.ts'
import type { ModelFiles } from '../../src/page/ModelFiles.ts'
import type { ModelManifest } from '../../src/protocol/messages.ts'
import { LaneError } from '../../src/protocol/wireErrors.ts'

const manifest = (key: string): ModelManifest => ({
  key,
  name: `model ${key}`,
  kind: 'graph',
  root: `${key}/`,
  graphFile: 'm.onnx',
  dtype: 'fp32',
  files: [{ path: 'm.onnx', bytes: 1, sha256: '' }],
})

class Bench {
  readonly said: string[] = []
  /** Loads that the engine is at or was, in order. */
  readonly loads: (PromiseWithResolvers<void> & { readonly files: ModelFiles })[] = []
  readonly disposed: string[] = []
  readonly models = new LaneModels({
    filesUrl: 'http://host/f/',
    engine: async () => ({ load: files => this.#load(files) }),
    cache: async () => 'none here',
    onProgress: () => {},
    onEnd: answer =>
      this.said.push(
        answer.t === 'failed' ? `failed ${answer.id} ${answer.error.code}` : `${answer.t} ${answer.id}`,
      ),
    onBroken: error => this.said.push(`broken: ${error}`),
  })

  async #load(files: ModelFiles): Promise<LoadedModel> {
    const gate = { ...Promise.withResolvers<void>(), files }
    this.loads.push(gate)
    await gate.promise
    const { key } = files.manifest
    return {
      manifest: files.manifest,
      inputs: [],
      outputs: [],
      createMs: 9,
      run: () => Promise.reject(new Error('nothing is run here')),
      dispose: async () => void this.disposed.push(key),
    }
  }

  async load(id: number, key = 'k'): Promise<void> {
    this.models.load({ t: 'load', id, lane: 1, model: manifest(key) })
    await this.settle()
  }

  async unload(id: number, model = 'k'): Promise<void> {
    this.models.unload({ t: 'unload', id, lane: 1, model })
    await this.settle()
  }

  async cancel(id: number): Promise<void> {
    this.models.cancel(id)
    await this.settle()
  }

  async finish(at: number, error?: unknown): Promise<void> {
    if (error === undefined) this.loads[at]?.resolve()
    else this.loads[at]?.reject(error)
    await this.settle()
  }

  settle = () => new Promise<void>(done => setImmediate(done))

  /** Whether a run finds it there. */
  has(key = 'k'): boolean {
    const held = this.models.enter(key)
    held?.leave()
    return held !== undefined
  }
}

describe('A load that the host has given up', () => {
  let bench: Bench
  beforeEach(() => {
    bench = new Bench()
  })

  it('is dropped where it waits, at once', async () => {
    await bench.load(1)
    await bench.load(2, 'other')
    await bench.cancel(2)
    expect(bench.said).toEqual(['failed 2 Cancelled'])
    await bench.finish(0)
    expect(bench.said).toEqual(['failed 2 Cancelled', 'loaded 1'])
    expect([bench.loads.length, bench.models.busy]).toEqual([1, false])
  })

  it('fetches nothing more where it is under way, and is cancelled whatever the engine says then', async () => {
    await bench.load(1)
    await bench.cancel(1)
    expect(bench.said).toEqual([])
    const fetched = bench.loads[0]?.files.bytes('m.onnx')
    await expect(fetched).rejects.toMatchObject({ code: 'Cancelled' })
    await bench.finish(0, new Error('a file is missing'))
    expect(bench.said).toEqual(['failed 1 Cancelled'])
    expect(bench.has()).toBe(false)
  })

  it('leaves nothing where it ends after all: its model is let go before it is said', async () => {
    await bench.load(1)
    await bench.cancel(1)
    await bench.finish(0)
    expect([bench.said, bench.disposed]).toEqual([['failed 1 Cancelled'], ['k']])
    expect(bench.has()).toBe(false)
    await bench.load(2)
    await bench.finish(1)
    expect(bench.said.at(-1)).toBe('loaded 2')
  })

  it('leaves nothing where its answer was on its way', async () => {
    await bench.load(1)
    await bench.finish(0)
    expect(bench.said).toEqual(['loaded 1'])
    await bench.cancel(1)
    expect([bench.disposed, bench.has()]).toEqual([['k'], false])
    expect(bench.said).toEqual(['loaded 1'])
  })

  it('takes nothing from another load of the same model, nor from runs of it', async () => {
    await bench.load(1)
    await bench.load(2)
    await bench.finish(0)
    expect(bench.said).toEqual(['loaded 1', 'loaded 2'])
    await bench.cancel(1)
    expect(bench.has()).toBe(true)
    // That it is run shows that the host knows of it.
    await bench.cancel(2)
    expect([bench.disposed, bench.has()]).toEqual([[], true])
  })

  it('hands on what it has brought to one that waits for the same, and to nobody where that is given up too', async () => {
    await bench.load(1)
    await bench.load(2, 'between')
    await bench.load(3)
    await bench.cancel(1)
    await bench.finish(0)
    expect([bench.said, bench.disposed]).toEqual([['failed 1 Cancelled'], []])
    await bench.cancel(3)
    await bench.finish(1)
    expect(bench.said).toEqual(['failed 1 Cancelled', 'failed 3 Cancelled', 'loaded 2'])
    expect(bench.disposed).toEqual(['k'])
  })

  it('is not answered twice where it has failed by itself', async () => {
    await bench.load(1)
    await bench.finish(0, new LaneError('ModelInvalid', 'no'))
    await bench.cancel(1)
    expect(bench.said).toEqual(['failed 1 ModelInvalid'])
  })

  it('is the last of it also where others of its files were still on their way', async () => {
    await bench.load(1)
    await bench.finish(0, new LaneError('ModelFileMissing', 'no'))
    await expect(bench.loads[0]?.files.bytes('m.onnx')).rejects.toMatchObject({ code: 'Cancelled' })
  })
})

describe('A load whose socket was lost', () => {
  it('leaves nothing where nobody asks for the model again', async () => {
    const bench = new Bench()
    await bench.load(1)
    await bench.load(2, 'other')
    bench.models.forsaken()
    await bench.finish(0)
    expect(bench.said).toEqual(['failed 2 Cancelled', 'failed 1 Cancelled'])
    expect([bench.disposed, bench.has()]).toEqual([['k'], false])
  })

  it('goes on, and is there for the load that asks again', async () => {
    const bench = new Bench()
    await bench.load(1)
    bench.models.forsaken()
    await bench.load(2)
    await bench.finish(0)
    expect(bench.said).toEqual(['failed 1 Cancelled', 'loaded 2'])
    expect([bench.loads.length, bench.disposed]).toEqual([1, []])
  })

  it('leaves its model where its answer was on its way, for the load that asks again', async () => {
    const bench = new Bench()
    await bench.load(1)
    await bench.finish(0)
    bench.models.forsaken()
    await bench.load(2)
    expect(bench.said).toEqual(['loaded 1', 'loaded 2'])
    expect([bench.loads.length, bench.disposed]).toEqual([1, []])
  })
})

describe('An unload', () => {
  it('waits for the load before it, and not for the one behind it', async () => {
    const bench = new Bench()
    await bench.load(1)
    await bench.unload(2)
    await bench.load(3)
    await bench.finish(0)
    expect([bench.said, bench.disposed]).toEqual([['loaded 1', 'unloaded 2'], ['k']])
    await bench.finish(1)
    expect(bench.said.at(-1)).toBe('loaded 3')
    expect(bench.has()).toBe(true)
  })

  it('that failed says so', async () => {
    const bench = new Bench()
    await bench.load(1)
    await bench.finish(0)
    const held = bench.models.enter('k')
    if (held === undefined) throw new Error('it is not there')
    Object.assign(held.loaded, { dispose: () => Promise.reject(new LaneError('EngineFailed', 'no')) })
    held.leave()
    await bench.unload(2)
    expect(bench.said).toEqual(['loaded 1', 'failed 2 EngineFailed'])
  })
})
