import { describe, expect, it } from 'vitest'
import { meaninglessIn } from '../../src/stress/meaningless.ts'

const said = (line: string) => meaninglessIn(new Set(line.split(' ').filter(Boolean)))

describe('an option of a load', () => {
  it.each([
    ['--no-adaptive-scaling --overload', /^--no-adaptive-scaling changes nothing here: .*all its pages/],
    ['--no-adaptive-scaling --soak', /^--no-adaptive-scaling/],
    ['--min-connections --no-adaptive-scaling', /^--min-connections .*--max-connections/],
    ['--chaos-every', /^--chaos-every changes nothing here: without --chaos no fault/],
    ['--seed --trace', /^--seed .*trace/],
    ['--seed', /^--seed .*closed load without faults/],
    ['--seed --concurrency --chaos-every', /./],
  ])('is refused where another leaves it no meaning: %s', (line, why) => {
    expect(said(line)).toMatch(why)
  })

  it.each([
    '',
    '--no-adaptive-scaling --rate',
    '--min-connections --max-connections',
    '--chaos --chaos-every --seed',
    '--seed --trace --chaos',
    '--seed --rate',
    '--seed --soak',
    '--seed --overload',
    '--rate --trace',
  ])('is taken where it has one: %s', line => {
    expect(said(line)).toBeUndefined()
  })
})
