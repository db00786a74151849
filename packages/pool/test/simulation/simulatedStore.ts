// The one model of the simulations: its file and a store to find it in, for the tests of a file.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModelStore } from '@shoal/model-store'
import { encodeModel, GraphBuilder } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'
import { Effect, Exit, Scope } from 'effect'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'

export interface SimulatedStore {
  store: ModelStore
  model: string
}

/** Made before the tests of the file that calls it; time is virtual in each of them. */
export function simulatedStore(): SimulatedStore {
  const made: Partial<SimulatedStore> = {}
  const scope = Scope.makeUnsafe()
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-simulation-'))
    made.model = join(folder, 'double.onnx')
    const builder = new GraphBuilder({ name: 'double', seed: 0 })
    const x = builder.input('x', 'float32', ['batch', 1])
    builder.output(builder.op('Add', [x, x]), 'y', 'float32', ['batch', 1])
    await writeFile(made.model, joinChunks(encodeModel(builder.build())))
    const options = { folders: [], cache: join(folder, 'cache'), hub: false } as const
    made.store = await Effect.runPromise(ModelStore.make(options).pipe(Scope.provide(scope)))
  })
  afterAll(async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(() => {
    vi.useFakeTimers({
      now: 0,
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance', 'hrtime'],
    })
  })
  afterEach(() => void vi.useRealTimers())
  return made as SimulatedStore
}
