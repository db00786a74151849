import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candidate } from '../../src/routing/Candidate.ts'
import { estimate } from '../../src/routing/estimate.ts'
import { explorationShare, route } from '../../src/routing/route.ts'
import { lane } from './lanes.ts'

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
    {
      rule: 'leaves the spare alone while another lane has a place, however slow',
      candidates: [
        lane('spare', { isSpare: true, serviceMs: 5 }),
        lane('slow', { serviceMs: 50, aheadMs: 50 }),
      ],
      expected: 'slow',
    },
    {
      rule: 'does not even try the spare to learn how fast it is',
      candidates: [lane('spare', { isSpare: true }), lane('known', { serviceMs: 50 })],
      expected: 'known',
    },
    {
      rule: 'gives the spare what the others have no place for',
      candidates: [
        lane('spare', { isSpare: true, serviceMs: 50 }),
        lane('full', { serviceMs: 50, aheadMs: 100, credits: 0 }),
      ],
      expected: 'spare',
    },
    {
      rule: 'gives the spare everything once it is alone',
      candidates: [lane('spare', { isSpare: true })],
      expected: 'spare',
    },
    {
      rule: 'prefers the spare to a degraded lane',
      candidates: [lane('spare', { isSpare: true }), lane('degraded', { standing: 'degraded' })],
      expected: 'spare',
    },
    {
      rule: 'prefers the spare to a lane whose breaker is open',
      candidates: [lane('spare', { isSpare: true }), lane('barred', { standing: 'barred' })],
      expected: 'spare',
    },
    {
      rule: 'prefers a spare with hardware to a software adapter',
      candidates: [lane('spare', { isSpare: true }), lane('software', { software: true })],
      expected: 'spare',
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
    const [, second] = estimate([lane('known', { serviceMs: 20 }), lane('unknown', { preference: 2 })])
    expect(second?.expectedMs).toBeCloseTo(20 * 1.25 ** 2)
  })

  it('takes a lane’s first run of a model for as slow as first runs of its kind were', () => {
    const [first, second] = estimate([
      lane('ran', { serviceMs: 30 }),
      lane('new', { serviceMs: 10, coldMs: 400 }),
    ])
    expect(first).toMatchObject({ candidate: { lane: 'ran' }, basis: 'measured' })
    expect(second).toMatchObject({ expectedMs: 400, basis: 'first run' })
  })

  it('gives an unmeasured lane one request at a time where there are other kinds to compare with', () => {
    const busy = { pending: 1, aheadMs: 1 }
    expect(route([lane('a', busy), lane('b', busy)])).toEqual({
      _tag: 'wait',
      reason: 'each lane has its first request, and none of them is measured yet',
    })
    expect(route([lane('a', busy)])._tag).toBe('run')
    expect(route([lane('a', busy), lane('b', { serviceMs: 9 })])).toMatchObject({ lane: 'b' })
  })

  it('gives a kind of lane that never had the model one request, though others keep it busy', () => {
    const known = lane('known', { serviceMs: 100, pending: 1, aheadMs: 100 })
    const busy = lane('busy', { credits: 1, aheadMs: 400 })
    expect(route([known, busy])).toMatchObject({ lane: 'busy', basis: 'prior' })
    expect(route([known, { ...busy, pending: 1 }])).toMatchObject({ lane: 'known' })
  })
})

describe('exploration', () => {
  const known = lane('known', { serviceMs: 20 })
  const rare = lane('rare', { serviceMs: 30, samples: 1 })
  const spent = { routedMs: 10_000, exploredMs: 0 }

  it('goes to a lane of which little is known, within its share of the traffic', () => {
    expect(route([known, rare], spent)).toMatchObject({ lane: 'rare', basis: 'exploration' })
  })

  it('goes to a lane that had nothing for a minute', () => {
    const idle = lane('idle', { serviceMs: 30, idleMs: 60_000 })
    expect(route([known, idle], spent)).toMatchObject({ lane: 'idle', basis: 'exploration' })
  })

  const none: readonly { rule: string; other: ReturnType<typeof lane>; explored: typeof spent }[] = [
    { rule: 'beyond its share', other: rare, explored: { routedMs: 10_000, exploredMs: 190 } },
    { rule: 'before anything was routed', other: rare, explored: { routedMs: 0, exploredMs: 0 } },
    { rule: 'where enough is known of late', other: lane('other', { serviceMs: 30 }), explored: spent },
    {
      rule: 'on a lane more than ten times as slow',
      other: lane('slow', { serviceMs: 201, samples: 1 }),
      explored: { routedMs: 100_000, exploredMs: 0 },
    },
    { rule: 'on a full lane', other: { ...rare, credits: 0, aheadMs: 30 }, explored: spent },
    {
      rule: 'on a lane that has the model at work',
      other: { ...rare, pending: 1, aheadMs: 30 },
      explored: spent,
    },
    { rule: 'on a software adapter', other: { ...rare, software: true }, explored: spent },
    { rule: 'on a degraded lane', other: { ...rare, standing: 'degraded' }, explored: spent },
  ]
  it.each(none)('does not happen $rule', ({ other, explored }) => {
    expect(route([known, other], explored)).toMatchObject({ lane: 'known', basis: 'measured' })
  })

  it('never takes more than its share of the lane time, whatever is measured', () => {
    const anyLane = fc.record({
      serviceMs: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
      samples: fc.nat(8),
      idleMs: fc.nat(120_000),
      isSpare: fc.boolean(),
      preference: fc.nat(3),
    })
    fc.assert(
      fc.property(fc.array(fc.array(anyLane, { minLength: 2, maxLength: 5 }), { maxLength: 200 }), rounds => {
        let explored = { routedMs: 0, exploredMs: 0 }
        for (const lanes of rounds) {
          const candidates = lanes.map((over, at) => lane(`lane-${at}`, over))
          const choice = route(candidates, explored)
          if (choice._tag === 'wait') continue
          const costMs = estimate(candidates).find(one => one.candidate.lane === choice.lane)?.serviceMs ?? 0
          explored = {
            routedMs: explored.routedMs + costMs,
            exploredMs: explored.exploredMs + (choice.basis === 'exploration' ? costMs : 0),
          }
        }
        expect(explored.exploredMs).toBeLessThanOrEqual(explorationShare * explored.routedMs + 1e-9)
      }),
    )
  })
})
