import { describe, expect, it } from 'vitest'
import type { Decision } from '../../src/scaling/Decision.ts'
import { logged } from '../../src/scaling/DecisionLog.ts'
import { decide } from '../../src/scaling/decide.ts'
import type { Resources } from '../../src/scaling/Sample.ts'
import { load, policy, seen, steady } from './samples.ts'

const enough = decide(seen(steady(30, { ...load(1, 400) })), policy)
const out = decide(seen(steady(30, { ...load(10, 400), started: 4, ready: 4 })), policy)
const atCeiling = (resources?: Resources) =>
  decide(seen(steady(30, { ...load(40, 400), started: 8, ready: 8, resources })), policy)
const log = (...decisions: readonly Decision[]) => decisions.reduce<readonly Decision[]>(logged, [])

describe('the log of decisions', () => {
  it('has each that differs from the one before, holds too', () => {
    expect(log(enough, enough, out, atCeiling(), atCeiling(), enough)).toMatchObject([
      { _tag: 'hold', cause: 'enough' },
      { _tag: 'out', target: 6 },
      { _tag: 'hold', cause: 'ceiling', grounds: { ceiling: { because: 'maxConnections' } } },
      { _tag: 'hold', cause: 'enough' },
    ])
  })

  it('keeps the first of those that say the same, from which on it was so', () => {
    const later = { ...enough, reason: 'the same in other words' }
    expect(log(enough, later)).toEqual([enough])
  })

  it('tells one ceiling from another', () => {
    const full: Resources = {
      usedBytes: 79,
      limitBytes: 100,
      browserBytes: 80,
      browserBytesAre: 'PSS',
      cpuBusy: 0.1,
      cores: 64,
    }
    const wider = { ...policy, maxConnections: 9 }
    const memory = decide(
      seen(steady(30, { ...load(40, 400), started: 8, ready: 8, resources: full }), wider),
      wider,
    )
    expect(log(atCeiling(), memory).map(({ grounds }) => grounds?.ceiling.because)).toEqual([
      'maxConnections',
      'memory',
    ])
  })

  it('remembers two hundred', () => {
    const many = Array.from({ length: 500 }, (_, target) => ({ ...enough, target }))
    expect(log(...many).map(({ target }) => target)).toEqual(many.slice(300).map(({ target }) => target))
  })
})
