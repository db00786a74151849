// A simulation, labelled as one, beside the runs on real browsers in test/integration and `shoal stress`.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModelStore } from '@shoal/model-store'
import { encodeModel, GraphBuilder } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'
import { Effect, Exit, Scope } from 'effect'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type SimulationResult, simulate } from './simulate.ts'

const long = process.env['CI'] !== undefined || process.env['SHOAL_LONG'] === '1'
const runs = Number(process.env['SHOAL_RUNS'] ?? (long ? 100 : 40))
const firstSeed = Number(process.env['SHOAL_SEED'] ?? 20_261_124)

let folder: string
let model: string
let store: ModelStore
const scope = Scope.makeUnsafe()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-simulation-'))
  model = join(folder, 'double.onnx')
  const builder = new GraphBuilder({ name: 'double', seed: 0 })
  const x = builder.input('x', 'float32', [1, 1])
  builder.output(builder.op('Add', [x, x]), 'y', 'float32', [1, 1])
  await writeFile(model, joinChunks(encodeModel(builder.build())))
  store = await Effect.runPromise(
    ModelStore.make({ folders: [], cache: join(folder, 'cache'), hub: false }).pipe(Scope.provide(scope)),
  )
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

describe('the pool, simulated', () => {
  it(`ends each accepted request once, rightly or with a typed reason, in ${runs} runs from seed ${firstSeed} (SHOAL_RUNS, SHOAL_SEED)`, {
    timeout: 60 * 60_000,
  }, async () => {
    const totals = { answered: 0, rerun: 0, faults: 0 }
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const result = await simulate({ seed, store, model, requests: 120 })
      expect(result.violations, `seed ${seed}`).toEqual([])
      totals.answered += result.answered
      totals.rerun += result.rerun
      totals.faults += result.faults
    }
    // Had no fault met a request, nothing would have been shown.
    expect(totals.faults).toBeGreaterThan(runs)
    expect(totals.rerun).toBeGreaterThan(runs / 2)
    expect(totals.answered).toBeGreaterThan(100 * runs)
  })

  it('is the same run again from the same seed', async () => {
    const again = (): Promise<SimulationResult> => simulate({ seed: 7, store, model, requests: 60 })
    expect(await again()).toEqual(await again())
  })
})
