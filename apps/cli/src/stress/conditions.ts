// Under what a load was measured: two reports are comparable where all of it is the same. Pure, but for the machine's name.

import { availableParallelism, cpus, totalmem } from 'node:os'
import type { BrowserChoice } from '@shoal/pool'
import type { LoadedPoolOptions } from '../proof/LoadedPool.ts'
import { version } from '../version.ts'
import type { Shape } from './load.ts'

const names = [
  'load',
  'seconds',
  'models',
  'browsers',
  'platform',
  'connections',
  'chaos',
  'deadline',
  'queue',
  'machine',
] as const

/** In words, so that they can be shown as they are; of what was not chosen, what that means. */
export type Conditions = Readonly<Record<(typeof names)[number], string>>

/** Of the command's options those that decide it. */
export interface ConditionsGiven
  extends Pick<
    LoadedPoolOptions,
    'models' | 'browsers' | 'platform' | 'minConnections' | 'maxConnections' | 'adaptiveScaling' | 'maxQueue'
  > {
  readonly duration: number
  readonly rate?: number
  readonly trace?: string
  readonly seed: number
  readonly chaos: readonly string[]
  readonly chaosEvery: number
  readonly deadline: number
}

export function conditionsOf(options: ConditionsGiven, shape: Shape): Conditions {
  const { models, browsers, platform, minConnections, maxConnections, adaptiveScaling, chaos, chaosEvery } =
    options
  const connections = `${minConnections ?? Math.min(2, maxConnections)} to ${maxConnections}`
  return {
    load: loadOf(options, shape),
    seconds: String(options.duration),
    models: models?.toSorted().join(', ') ?? 'all',
    browsers: browsers?.map(shortOf).join(', ') ?? 'every kind found',
    platform,
    connections: adaptiveScaling === false ? `always ${maxConnections}` : connections,
    chaos: chaos.length === 0 ? 'none' : `${chaos.join(', ')}, every ${chaosEvery} s, seed ${options.seed}`,
    deadline: `${options.deadline} s`,
    queue: options.maxQueue === undefined ? 'the pool’s own' : String(options.maxQueue),
    machine: machineOf(),
  }
}

/** Without what else stands in an address: it may be a token. */
function shortOf(choice: BrowserChoice): string {
  if (typeof choice === 'string') return choice
  return 'connect' in choice ? (URL.parse(choice.connect)?.host ?? 'an address') : choice.kind
}

function loadOf({ rate, trace, duration, seed }: ConditionsGiven, shape: Shape): string {
  if (shape._tag === 'closed') return `closed load, ${shape.concurrency} at a time`
  const perSecond = (shape.arrivals.length / duration).toFixed(1)
  return trace === undefined
    ? `open load, ${rate} a second (Poisson, seed ${seed})`
    : `open load, ${perSecond} a second after ${trace}`
}

function machineOf(): string {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${availableParallelism()} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${memory} GiB, ${process.platform} ${process.arch}`
}

/** What measured; it may differ between two reports that are compared. */
export function measuredBy(): string {
  return `shoal ${version}, Node ${process.versions.node}`
}

/** What of an earlier report's is otherwise now, in words; empty where the two can be compared. */
export function differences(before: Partial<Conditions>, now: Conditions): readonly string[] {
  return names
    .filter(name => before[name] !== now[name])
    .map(name => `${name}: ${before[name] ?? 'not said'} there, ${now[name]} here`)
}
