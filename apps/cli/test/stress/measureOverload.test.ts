import type { Model, PoolMetrics, RunAnswer } from '@shoal/pool'
import { describe, expect, it } from 'vitest'
import { measureOverload, type Overloadable } from '../../src/stress/overload/measureOverload.ts'

const progress = { say: () => {} }
/** Long enough for a test to run into its limit where a phase goes on after the signal. */
const options = {
  times: 2,
  durationMs: 6_000_000,
  maxQueue: 4,
  concurrency: 8,
  deadlineMs: 1000,
  seed: 1,
}

/** A pool of one lane whose model is asked by this. */
function poolOf(run: () => Promise<RunAnswer>): Overloadable {
  const proof = { name: 'bert', inputs: ['one'], reference: { tokenizesHere: true } }
  return {
    models: [{ proof, model: { run } as Partial<Model> }],
    judge: { verdict: async () => ({ matches: true }) },
    pool: { metrics: () => ({ lanes: [{}], requests: { waiting: 0 } }) as unknown as PoolMetrics },
  } as unknown as Overloadable
}

describe('the measurement of an overload', () => {
  it('ends with the reason as soon as its signal fires, and asks no more', async () => {
    const interrupt = new AbortController()
    const reason = new Error('Ctrl-C')
    let asked = 0
    const run = async (): Promise<RunAnswer> => {
      // A pool that closes refuses at once.
      interrupt.signal.throwIfAborted()
      if (++asked === 20) interrupt.abort(reason)
      await new Promise(setImmediate)
      return { placement: {} } as RunAnswer
    }
    const measured = measureOverload(poolOf(run), options, progress, interrupt.signal)
    await expect(measured).rejects.toBe(reason)
    expect(asked).toBe(20)
  })
})
