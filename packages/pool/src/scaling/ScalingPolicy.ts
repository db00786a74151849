// When the pool steps out or in: the rules that a user may set, their defaults, and what is refused at the door. The
// decision itself is decide.ts's.

import { InvalidOption, UnsupportedOption } from '../errors.ts'

export interface ScalingRules {
  /**
   * Out above this share of busy lanes (0–1), at a load that keeps four lanes busy; fewer lanes are planned with more
   * room each, more lanes with less (square-root staffing).
   */
  readonly outAbove: number
  /** In only while fewer than this share of the lanes (0–1) has been busy. */
  readonly inBelow: number
  /** Load is averaged over this long, in milliseconds, unless it surges. */
  readonly windowMs: number
  /** A surge is looked for in the latest part of the window, this long, in milliseconds. */
  readonly surgeMs: number
  /** No step in sooner than this after a step out, or one in that was called off; and nothing is given up that was needed within it. */
  readonly coolDownMs: number
  /** No step out sooner than this after a step in, in milliseconds. */
  readonly reboundMs: number
  /** Within which a backlog should be worked off, in milliseconds. */
  readonly backlogMs: number
  /** Length of a season in the load (a day), in milliseconds; undefined: only the trend is forecast. */
  readonly seasonMs: number | undefined
  /**
   * Keep one connection more than the load needs, within `maxConnections`: in a browser of its own, with the models loaded
   * and warm. It takes no work but when the others are lost, unwell or full. Default false: it costs a browser.
   */
  readonly warmSpare: boolean
  /** Least that one more lane must add, in throughputs of a lone lane (0–1), where that was measured. */
  readonly minGain: number
  /** Share of the memory limit (0–1) up to which the pool steps out. */
  readonly memoryShare: number
}

export interface ScalingPolicy extends ScalingRules {
  readonly minConnections: number
  readonly maxConnections: number
}

export const defaultRules: ScalingRules = {
  outAbove: 0.7,
  inBelow: 0.7,
  windowMs: 60_000,
  surgeMs: 20_000,
  coolDownMs: 20_000,
  reboundMs: 6_000,
  backlogMs: 4_000,
  seasonMs: undefined,
  warmSpare: false,
  minGain: 0.1,
  memoryShare: 0.8,
}

/** Knobs that others have, and what they are called here. */
const elsewhere: Readonly<Record<string, string>> = {
  scaleUpThreshold: 'it is called outAbove here',
  scaleDownThreshold: 'it is called inBelow here',
  scalingCooldown: 'it is called coolDownMs here, in milliseconds',
  maxMemoryPercent: 'it is called memoryShare here, from 0 to 1',
  smoothingFactor:
    'load is averaged over a window rather than smoothed exponentially: set windowMs and surgeMs',
  enablePredictive:
    'the trend is always forecast and used only while that is right; set seasonMs for seasons',
}

const shares = ['outAbove', 'inBelow', 'minGain', 'memoryShare'] as const
const times = ['windowMs', 'surgeMs', 'coolDownMs', 'reboundMs', 'backlogMs'] as const

/** What is wrong with them, if anything is. */
export function scalingFault(rules: ScalingRules): InvalidOption | UnsupportedOption | undefined {
  const unknown = Object.keys(rules).find(name => !(name in defaultRules))
  if (unknown !== undefined) {
    const names = Object.keys(defaultRules).join(', ')
    const instead = elsewhere[unknown] ?? `the rules are ${names}`
    return new UnsupportedOption({
      option: `scaling.${unknown}`,
      message: `scaling.${unknown} is no rule of this pool: ${instead}.`,
    })
  }
  for (const name of shares) {
    const value = rules[name]
    if (!(value >= 0 && value <= 1)) return invalid(name, `must be from 0 to 1, and is ${value}`)
  }
  if (rules.outAbove === 0) return invalid('outAbove', 'must be above 0')
  for (const name of times) {
    const value = rules[name]
    if (!(Number.isFinite(value) && value > 0))
      return invalid(name, `must be a positive number of milliseconds, and is ${value}`)
  }
  if (rules.surgeMs > rules.windowMs)
    return invalid('surgeMs', `is ${rules.surgeMs}, above windowMs (${rules.windowMs}) of which it is a part`)
  if (rules.seasonMs !== undefined && !(Number.isFinite(rules.seasonMs) && rules.seasonMs > rules.windowMs))
    return invalid('seasonMs', `must be longer than windowMs (${rules.windowMs}), and is ${rules.seasonMs}`)
  if (typeof rules.warmSpare !== 'boolean')
    return invalid('warmSpare', `must be true or false, and is ${rules.warmSpare}`)
  return undefined
}

function invalid(rule: keyof ScalingRules, what: string): InvalidOption {
  return new InvalidOption({ option: `scaling.${rule}`, message: `scaling.${rule} ${what}.` })
}
