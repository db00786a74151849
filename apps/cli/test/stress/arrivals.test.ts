import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { poissonArrivals, traceArrivals } from '../../src/stress/arrivals.ts'

const trace = `${process.env['SHOAL_SHARED'] ?? `${import.meta.dirname}/../../../../../shared`}/traces/azure-llm-conv.csv`

describe('Poisson arrivals', () => {
  it('are as many as the rate says, and as bunched as chance makes them', () => {
    const arrivals = poissonArrivals(50, 200_000, 7)
    expect(Math.abs(arrivals.length - 10_000)).toBeLessThan(4 * Math.sqrt(10_000))
    const gaps = arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? 0))
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
    // The gaps of a Poisson process have a standard deviation that is their mean.
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1)
  })

  it('are the same from the same seed, in order, and end with the duration', () => {
    const arrivals = poissonArrivals(20, 5000, 1)
    expect(poissonArrivals(20, 5000, 1)).toEqual(arrivals)
    expect(poissonArrivals(20, 5000, 2)).not.toEqual(arrivals)
    expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b))
    expect(arrivals.at(-1)).toBeLessThan(5000)
  })
})

describe('the first Poisson arrival', () => {
  it('comes after one mean gap on the mean, over the seeds that people give', () => {
    const first = Array.from({ length: 1000 }, (_, seed) => poissonArrivals(2, 60_000, seed)[0] ?? 60_000)
    const mean = first.reduce((sum, at) => sum + at, 0) / first.length
    expect(Math.abs(mean / 500 - 1)).toBeLessThan(4 / Math.sqrt(1000))
    expect(Math.max(...first.slice(0, 10))).toBeLessThan(10 * 500)
  })
})

describe('the arrivals of a trace', () => {
  const csv = [
    'TIMESTAMP,Tokens',
    '2023-11-16 18:15:46.0000000,1',
    '2023-11-16 18:15:47.0000000,2',
    '2023-11-16 18:15:50.0000000,3',
    '',
  ].join('\n')

  it('keep their pattern over another duration', () => {
    expect(traceArrivals(csv, 400)).toEqual([0, 100, 400])
  })

  it('are thinned evenly where there are too many', () => {
    expect(traceArrivals(csv, 400, 2)).toEqual([0, 400])
  })

  it('are none where no line has a time', () => {
    expect(traceArrivals('no,times\nhere,1', 400)).toEqual([])
  })

  const title = existsSync(trace)
    ? 'of a language model’s service are read whole'
    : 'of a language model’s service are read whole (skipped: no traces in ../shared)'
  it.skipIf(!existsSync(trace))(title, () => {
    const arrivals = traceArrivals(readFileSync(trace, 'utf8'), 60_000)
    expect(arrivals).toHaveLength(19_366)
    expect(arrivals.at(-1)).toBeCloseTo(60_000)
  })
})
