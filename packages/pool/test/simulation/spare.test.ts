// A simulation of the warm spare: who works before, while and after a browser is lost, on a virtual clock.

import { describe, expect, it } from 'vitest'
import { Chance } from './Chance.ts'
import { type SimulatedPool, startSimulatedPool, until } from './SimulatedPool.ts'
import { simulatedStore } from './simulatedStore.ts'

const stored = simulatedStore()

const start = (seed: number, maxConnections = 2) =>
  startSimulatedPool({
    ...stored,
    pool: { maxConnections, scaling: { warmSpare: true, coolDownMs: 2000 } },
    bridge: {
      chance: new Chance(seed),
      serviceMs: 20,
      trouble: { failure: 0, hang: 0 },
      poison: Number.NaN,
    },
  })

const ready = ({ model }: SimulatedPool) =>
  Object.values(model.status().replicas).filter(({ _tag }) => _tag === 'ready').length

const spareOf = ({ parts }: SimulatedPool) => parts.browsers.list().find(({ isSpare }) => isSpare)

const ask = async ({ model }: SimulatedPool): Promise<{ browserId: string; at: number }> => {
  const { placement } = await model.run({
    tensors: { x: { dtype: 'float32', dims: [1, 1], data: Float32Array.of(1) } },
  })
  return { browserId: placement.browserId, at: performance.now() }
}

/** One after the other. */
async function askTimes(pool: SimulatedPool, times: number) {
  const answers: { browserId: string; at: number }[] = []
  for (let time = 0; time < times; time++) {
    let answer: (typeof answers)[number] | undefined
    void ask(pool).then(one => {
      answer = one
    })
    await until(() => answer !== undefined, 'an answer')
    if (answer) answers.push(answer)
  }
  return answers
}

const browsersOf = (answers: readonly { browserId: string }[]) => [
  ...new Set(answers.map(({ browserId }) => browserId)),
]

const seeds = Array.from({ length: 12 }, (_, at) => 100 + at)

describe('a warm spare, simulated', { timeout: 120_000 }, () => {
  it.each(seeds)('stands in at once for a browser that is lost, and not before (seed %i)', async seed => {
    const pool = await start(seed)
    await until(() => ready(pool) === 2, 'the spare')
    const spare = spareOf(pool)
    const [worker] = pool.parts.browsers.list().filter(({ isSpare }) => !isSpare)
    const states = () => pool.parts.metrics().connectionStates.map(({ state }) => state)
    expect(states()).toEqual(['working', 'spare'])
    const before = await askTimes(pool, 20)
    expect(browsersOf(before)).toEqual([worker?.id])

    const killed = [...pool.bridge.browsers].find(({ pid }) => pid === worker?.pid)
    killed?.end('crashed')
    const killedAt = performance.now()
    const during = await askTimes(pool, 3)
    expect(states()).toEqual(['recovering', 'spare'])
    expect(browsersOf(during)).toEqual([spare?.id])
    // A browser takes 200 ms to start again at least, and its page and the model 100 more.
    expect((during[0]?.at ?? Number.NaN) - killedAt).toBeLessThan(250)

    await until(() => ready(pool) === 2, 'the successor')
    expect(spareOf(pool)?.id).toBe(spare?.id)
    expect(browsersOf(await askTimes(pool, 20))).toEqual([worker?.id])
    expect(pool.parts.metrics().restarts.browsers).toBe(1)
    await pool.close()
  })

  it('is made anew when it is lost itself, and nobody notices', async () => {
    const pool = await start(1)
    await until(() => ready(pool) === 2, 'the spare')
    const spare = spareOf(pool)
    const killed = [...pool.bridge.browsers].find(({ pid }) => pid === spare?.pid)
    killed?.end('crashed')
    expect(browsersOf(await askTimes(pool, 5))).not.toContain(spare?.id)
    await until(() => ready(pool) === 2, 'the spare again')
    expect(spareOf(pool)?.id).toBe(spare?.id)
    await pool.close()
  })

  it('takes what the others have no place for, and the scaler makes room', async () => {
    const pool = await start(2, 4)
    await until(() => ready(pool) === 2, 'the spare')
    const answers: { browserId: string }[] = []
    let open = 0
    const endAt = performance.now() + 20_000
    const client = async (): Promise<void> => {
      while (performance.now() < endAt) answers.push(await ask(pool))
      open--
    }
    for (; open < 6; open++) void client()
    await until(() => open === 0, 'the end of the load')
    expect(browsersOf(answers)).toContain(spareOf(pool)?.id)
    expect(pool.parts.metrics().scaling.stepsOut).toBeGreaterThan(1)
    // What is left when the load is gone: one that works, and the spare.
    await until(() => pool.parts.browsers.started() === 2, 'the way in')
    expect(spareOf(pool)?.connections).toHaveLength(1)
    await pool.close()
  })
})
