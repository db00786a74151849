import type { Model, Placement, RunAnswer } from '@shoal/pool'
import { describe, expect, it } from 'vitest'
import type { LoadedModel } from '../../src/proof/ask.ts'
import { type LanesOf, lastQuestions } from '../../src/stress/lastQuestions.ts'

/** A pool that answers from its lanes, the first of them three times as often. */
function poolOf(lanes: readonly string[], from: readonly string[] = lanes): [LanesOf, LoadedModel[]] {
  let asked = 0
  const run = async (): Promise<RunAnswer> => {
    const turn = asked++
    const lane = turn % 4 < 3 ? from[0] : from[Math.floor(turn / 4) % from.length]
    if (lane === undefined) throw new Error('no lane')
    return { placement: { lane, answer: { worker: lane, number: asked } } as Placement } as RunAnswer
  }
  const proof = { name: 'bert', folder: '/bert', inputs: ['one'], reference: { tokenizesHere: true } }
  const metrics = () => ({
    models: [
      { id: 'm', name: '/bert' },
      { id: 'other', name: '/other' },
    ],
    lanes: [...lanes.map(lane => ({ lane, models: ['m'] })), { lane: 'elsewhere', models: ['other'] }],
  })
  return [{ metrics }, [{ proof, model: { run } as unknown as Model } as unknown as LoadedModel]]
}
const options = { deadlineMs: 1000, patienceMs: 60_000, signal: new AbortController().signal }

describe('the last questions', () => {
  it('are asked until every living lane that holds a model of the load has answered one', async () => {
    const [pool, models] = poolOf(['a', 'b', 'c', 'd', 'e'])
    const { answers, failed, silent } = await lastQuestions(pool, models, options)
    expect(new Set(answers.map(({ lane }) => lane))).toEqual(new Set(['a', 'b', 'c', 'd', 'e']))
    expect({ failed, silent }).toEqual({ failed: 0, silent: 0 })
  })

  it('end where a lane answers none within their patience: it is told as silent', async () => {
    const [pool, models] = poolOf(['a', 'b', 'barred'], ['a', 'b'])
    expect(await lastQuestions(pool, models, { ...options, patienceMs: 20 })).toMatchObject({ silent: 1 })
  })

  it('that fail are counted: their answers may have been made', async () => {
    const [pool, models] = poolOf(['a'], [])
    const { failed, silent } = await lastQuestions(pool, models, { ...options, patienceMs: 20 })
    expect(failed).toBeGreaterThan(0)
    expect(silent).toBe(1)
  })
})
