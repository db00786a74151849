// A simulation, labelled as one, beside the runs on real browsers in test/integration and `shoal stress`.

import { describe, expect, it } from 'vitest'
import { type SimulationResult, simulate } from './simulate.ts'
import { simulatedStore } from './simulatedStore.ts'

const long = process.env['CI'] !== undefined || process.env['SHOAL_LONG'] === '1'
const runs = Number(process.env['SHOAL_RUNS'] ?? (long ? 100 : 25))
const firstSeed = Number(process.env['SHOAL_SEED'] ?? 20_261_124)

const stored = simulatedStore()

describe('the pool, simulated', () => {
  it(`ends each accepted request once, rightly or with a typed reason, in ${runs} runs from seed ${firstSeed} (SHOAL_RUNS, SHOAL_SEED)`, {
    timeout: 60 * 60_000,
  }, async () => {
    const totals = { answered: 0, rerun: 0, faults: 0, loads: 0, inParts: 0, together: 0, moved: 0, left: 0 }
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const result = await simulate({ seed, ...stored, requests: 120 })
      expect(result.violations, `seed ${seed}`).toEqual([])
      totals.answered += result.answered
      totals.rerun += result.rerun
      totals.faults += result.faults
      totals.loads += result.loads
      totals.inParts += result.inParts
      totals.together += result.together
      totals.moved += result.moved
      totals.left += result.left
    }
    // Of a few runs, such as one seed again, no mean is asked.
    if (runs < 20) return
    // Had no fault met a request, nothing would have been shown.
    expect(totals.faults).toBeGreaterThan(runs)
    expect(totals.rerun).toBeGreaterThan(runs / 2)
    // In half of the runs models take turns.
    expect(totals.loads).toBeGreaterThan(10 * runs)
    // In a third of the runs requests go together.
    expect(totals.inParts).toBeGreaterThan(runs)
    expect(totals.together).toBeGreaterThan(runs)
    // In half of the runs an alias moves.
    expect(totals.moved).toBeGreaterThan(runs)
    expect(totals.left).toBeGreaterThan(runs)
    // Of 120; the others ended with their models, their callers' patience or the pool.
    expect(totals.answered).toBeGreaterThan(50 * runs)
  })

  it.each([7, 8, 9])('is the same run again from the same seed (%i)', async seed => {
    const again = (): Promise<SimulationResult> => simulate({ seed, ...stored, requests: 60 })
    expect(await again()).toEqual(await again())
  })
})
