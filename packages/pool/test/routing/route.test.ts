import { describe, expect, it } from 'vitest'
import { type Candidate, route, score } from '../../src/routing/route.ts'

const lane = (name: string, over: Partial<Candidate> = {}): Candidate => ({
  lane: name,
  credits: 2,
  aheadMs: 0,
  serviceMs: undefined,
  samples: 0,
  preference: 0,
  software: false,
  standing: 'ok',
  idleMs: 0,
  ...over,
})

describe('route', () => {
  const cases: readonly { rule: string; candidates: Candidate[]; expected: string }[] = [
    { rule: 'waits where no lane holds the model', candidates: [], expected: 'wait' },
    {
      rule: 'prefers the browser that the table names while nothing was measured',
      candidates: [lane('chromium', { preference: 1 }), lane('firefox', { preference: 0 })],
      expected: 'firefox',
    },
    {
      rule: 'prefers the lane measured faster, whatever the table says',
      candidates: [
        lane('firefox', { preference: 0, serviceMs: 40, samples: 9 }),
        lane('chromium', { preference: 1, serviceMs: 20, samples: 9 }),
      ],
      expected: 'chromium',
    },
    {
      rule: 'counts the work already on a lane',
      candidates: [lane('busy', { serviceMs: 10, aheadMs: 30 }), lane('free', { serviceMs: 20 })],
      expected: 'free',
    },
    {
      rule: 'waits for a full lane that is still expected to finish first',
      candidates: [
        lane('fast', { serviceMs: 5, aheadMs: 10, credits: 0 }),
        lane('slow', { serviceMs: 500, samples: 4 }),
      ],
      expected: 'wait',
    },
    {
      rule: 'never prefers a software adapter to another lane, even an idle one to a busy one',
      candidates: [lane('software', { software: true }), lane('wasm', { aheadMs: 400, serviceMs: 20 })],
      expected: 'wasm',
    },
    {
      rule: 'uses a software adapter where there is nothing else',
      candidates: [lane('software', { software: true })],
      expected: 'software',
    },
    {
      rule: 'tries a lane that was never measured once the measured one is busy',
      candidates: [lane('known', { serviceMs: 20, aheadMs: 20 }), lane('unknown', { preference: 2 })],
      expected: 'unknown',
    },
    {
      rule: 'gives a degraded lane nothing while a slower one is well',
      candidates: [lane('degraded', { serviceMs: 5, standing: 'degraded' }), lane('well', { serviceMs: 50 })],
      expected: 'well',
    },
    {
      rule: 'uses a degraded lane where there is nothing else',
      candidates: [lane('degraded', { standing: 'degraded' }), lane('barred', { standing: 'barred' })],
      expected: 'degraded',
    },
    {
      rule: 'gives a degraded lane one request when it has had none for ten seconds, to see whether it recovered',
      candidates: [lane('degraded', { standing: 'degraded', idleMs: 10_000 }), lane('well')],
      expected: 'degraded',
    },
    {
      rule: 'gives a lane whose breaker is half-open the trials that it admits',
      candidates: [lane('well'), lane('trial', { standing: 'trial', serviceMs: 100 })],
      expected: 'trial',
    },
    {
      rule: 'waits where every breaker is open',
      candidates: [lane('barred', { standing: 'barred' })],
      expected: 'wait',
    },
  ]
  it.each(cases)('$rule', ({ candidates, expected }) => {
    const choice = route(candidates)
    expect(choice._tag === 'run' ? choice.lane : 'wait').toBe(expected)
  })

  it('explains its choice with the expected time, its basis and the runner-up', () => {
    const choice = route([lane('a', { serviceMs: 10, samples: 7 }), lane('b', { serviceMs: 30, samples: 2 })])
    expect(choice.reason).toBe('10.0 ms expected (measured over 7), next b with 30.0 ms')
  })

  it('takes an unmeasured lane for as fast as the fastest measured one, a step slower for each rank', () => {
    const [, second] = score([lane('known', { serviceMs: 20 }), lane('unknown', { preference: 2 })])
    expect(second?.expectedMs).toBeCloseTo(20 * 1.25 ** 2)
  })
})
