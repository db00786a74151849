import { describe, expect, it } from 'vitest'
import { explain } from '../../src/routing/explain.ts'
import { lane } from './lanes.ts'

describe('explain', () => {
  it('tells each lane’s expected finish, and why it is not the one', () => {
    const { choice, places } = explain(
      [
        lane('a', { serviceMs: 10, samples: 7 }),
        lane('b', { serviceMs: 10, samples: 7, aheadMs: 25 }),
        lane('c', { software: true, serviceMs: 900, samples: 3 }),
        lane('d', { standing: 'barred' }),
      ],
      {},
    )
    expect(choice).toBe('a: 10.0 ms expected (measured over 7), next b with 35.0 ms')
    expect(places.map(({ lane: name, expectedMs, whyNot }) => [name, expectedMs, whyNot])).toEqual([
      ['a', 10, undefined],
      ['b', 35, '25.0 ms later than a'],
      ['d', expect.any(Number), 'its breaker is open'],
      ['c', 900, 'a software adapter, never preferred to other lanes'],
    ])
  })

  it('tells of connections that do not hold the model why they do not', () => {
    const { places } = explain([lane('a')], {
      a: {
        _tag: 'ready',
        backend: 'wasm',
        loadMs: 1,
        warmMs: undefined,
        memory: { bytes: 1, are: 'predicted' },
      },
      x: { _tag: 'refused', reason: 'it offers no WebGPU adapter' },
      y: { _tag: 'loading', backend: 'wasm' },
    })
    expect(places.map(({ connection, whyNot }) => [connection, whyNot])).toEqual([
      ['a', undefined],
      ['x', 'it offers no WebGPU adapter'],
      ['y', 'the model is loading there'],
    ])
  })

  it('tells what the preference table says of a lane until it was measured', () => {
    const preferred = 'edge on webnn, preferred for text_embedding'
    const { places } = explain([lane('a', { preferred }), lane('b', { preferred, serviceMs: 2 })], {})
    expect(places.map(place => [place.lane, place.basis, place.preferred])).toEqual([
      ['a', 'prior', preferred],
      ['b', 'measured', undefined],
    ])
  })

  it('says so where a request would wait', () => {
    const { choice, places } = explain(
      [lane('fast', { serviceMs: 5, credits: 0, aheadMs: 9 }), lane('slow', { serviceMs: 99 })],
      {},
    )
    expect(choice).toBe('waits: fast is expected to finish it first and is full')
    expect(places[0]).toMatchObject({ lane: 'fast', whyNot: 'full: the request waits for it' })
  })

  it('says so where no lane holds the model', () => {
    expect(explain([], {})).toEqual({ choice: 'waits: no lane holds the model', places: [] })
  })
})
