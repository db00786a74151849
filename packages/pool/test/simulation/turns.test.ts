// A simulation of models that share lanes and cost unlike times, on a virtual clock: nothing goes wrong here, and a cheap model
// is asked for as fast as it answers.

import { describe, expect, it } from 'vitest'
import { Chance } from './Chance.ts'
import { recorded } from './recorded.ts'
import { come, startSimulatedPool, until } from './SimulatedPool.ts'
import { simulatedStore } from './simulatedStore.ts'

const stored = simulatedStore()

/** What the cheap one takes of each connection is longer than the others' deadline. */
const loopedOfEach = 400
const deadlineMs = 2500

describe('a dear model beside a cheap one, simulated', { timeout: 120_000 }, () => {
  // As many as the lanes take, and none or one that waits.
  const cases = [
    { connections: 1, loops: 2, seed: 1 },
    { connections: 1, loops: 3, seed: 2 },
    { connections: 2, loops: 4, seed: 3 },
    { connections: 2, loops: 5, seed: 4 },
  ]
  it.each(cases)(
    'gets its turns, on $connections, $loops of the cheap one at once (seed $seed)',
    async ({ connections, loops, seed }) => {
      const chance = new Chance(seed)
      let cheap: string | undefined
      const pool = await startSimulatedPool({
        ...stored,
        models: 2,
        pool: { minConnections: connections, maxConnections: connections },
        bridge: {
          chance,
          serviceMs: chance.between(20, 40),
          paceOf: key => (key.endsWith(`.${cheap}`) ? 0.25 : 4),
          trouble: { failure: 0, hang: 0 },
          poison: Number.NaN,
        },
      })
      const [one, other] = pool.models
      cheap = one?.held.id
      const record = recorded(pool)
      // Before it is known what they cost, all cost the same.
      for (const [at, model] of pool.models.entries()) await come(record.ask(model, 20_000 + at), 'an answer')
      let number = 1
      const loop = async (): Promise<void> => {
        while (number <= loopedOfEach * connections) await record.ask(one, number++)
      }
      for (let asking = 0; asking < loops; asking++) void loop()
      for (let dear = 0; dear < 4; dear++) void record.ask(other, 10_000 + dear, { deadlineMs })
      await until(() => record.open() === 0, 'the last end')
      expect(record.turnsBroken).toEqual([])
      const ends = record.all().filter(({ model }) => model === other?.held.id)
      expect(ends.map(request => request.ends)).toEqual(ends.map(() => ['answered']))
      await pool.close()
    },
  )
})
