// What a load under faults showed, from the caller's record: as one document. Pure: it measures nothing, prints nothing.

import { quantile } from '../output/quantile.ts'
import { type Trend, trendOf } from '../output/trend.ts'
import type { Struck } from './chaos/Fault.ts'
import type { Conditions } from './conditions.ts'
import { type Growth, growthOf } from './growth.ts'
import type { MemoryReadings } from './MemoryWatch.ts'
import type { StressRequest } from './StressRecord.ts'
import { isTyped } from './tagOf.ts'

/** A fault that was injected, and what it struck. */
export interface StruckFault extends Struck {
  /** Milliseconds from the start of the load. */
  readonly at: number
  readonly fault: string
}

export interface StressRow {
  readonly model: string
  readonly browser: string
  readonly backend: string
  readonly adapter: string
  readonly answered: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

/** What the pool and the machine were seen to do meanwhile. */
export interface StressFacts {
  /** Length of the load, until its last request had ended. */
  readonly durationMs: number
  readonly conditions: Conditions
  /** Kinds and versions, when the load began. */
  readonly browsers: readonly string[]
  /** What measured. */
  readonly by: string
  readonly faults: readonly StruckFault[]
  /** Kinds of fault that were asked for; absent where none was. */
  readonly chaos?: readonly string[]
  readonly restarts: { readonly browsers: number; readonly connections: number }
  readonly rerun: number
  /** Connections that were up, whenever that changed. */
  readonly connections: readonly { readonly at: number; readonly count: number }[]
  /** Restarts of pages and browsers so far, whenever that changed. */
  readonly restartsAt: readonly { readonly at: number; readonly count: number }[]
  /** Greatest memory of this process, in bytes. */
  readonly hostBytes: number
  /** Of a soak alone. */
  readonly memory?: MemoryReadings
  readonly pages: PageCounts
}

/** What a long load did to memory and latency. */
export interface SoakReport {
  readonly host: Growth
  /** Absent where the system does not tell what processes take. */
  readonly browsers?: Growth
  /** Milliseconds a minute, of each quarter of a minute's median: told, not judged, since neighbours move it. */
  readonly latency: Trend
  readonly readings: MemoryReadings
}

/** The answers' own numbers, which the workers in the pages gave them, set against the record. */
export interface PageCounts {
  /** Answers that workers made: of one that lives all of them, of one that has gone those until the last that came. */
  readonly made: number
  /** Of those, what came to a caller. */
  readonly delivered: number
  /** Of those, what came to nobody. */
  readonly undelivered: number
  /** Requests that ran again or failed: for each of those a page may have made an answer in vain. */
  readonly excused: number
  /** Answers that two requests were given. */
  readonly doubled: number
  /** Workers that said by an answer of theirs, when the load was over, how many they had made. */
  readonly asked: number
  /** Living lanes that did not say. */
  readonly silent: number
  /** Workers that did not say: their pages had gone, or they were silent. */
  readonly gone: number
}

export interface StressReport {
  readonly weights: 'seeded weights'
  readonly load: string
  readonly conditions: Conditions
  readonly browsers: readonly string[]
  readonly by: string
  readonly durationMs: number
  readonly accepted: number
  readonly answered: number
  readonly failed: number
  readonly refused: number
  /** Accepted, and never ended for the caller. */
  readonly lost: number
  /** Answers that two requests were given, by the numbers that the pages give them. */
  readonly doubled: number
  /** Answers that differ from the reference, or belong to another question. */
  readonly wrong: number
  /** Requests that failed after their deadline. */
  readonly late: number
  readonly faults: number
  readonly restarts: number
  readonly rerun: number
  readonly perSecond: number
  /** From the moment a request should have been asked to its answer, in milliseconds. */
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly hostBytes: number
  readonly connections: readonly { readonly at: number; readonly count: number }[]
  readonly restartsAt: readonly { readonly at: number; readonly count: number }[]
  readonly pages: PageCounts
  readonly struck: readonly StruckFault[]
  readonly soak?: SoakReport
  readonly rows: readonly StressRow[]
  /** How many requests failed, by the error's tag. */
  readonly failures: Readonly<Record<string, number>>
  readonly ok: boolean
  readonly problems: readonly string[]
  /** What takes from the proof's weight and breaks no rule. */
  readonly warnings: readonly string[]
}

/** A failure is late only beyond what timers and a busy machine may take. */
const slackMs = 2000

/** Share of the accepted requests that may fail under faults without a word. */
const bearableFailures = 0.05

export function reportOf(requests: readonly StressRequest[], facts: StressFacts): StressReport {
  const answers = requests.flatMap(({ model, outcome }) =>
    outcome._tag === 'answered' ? [{ model, ...outcome }] : [],
  )
  const failed = requests.flatMap(({ outcome }) => (outcome._tag === 'failed' ? [outcome] : []))
  const refused = requests.filter(({ outcome }) => outcome._tag === 'refused').length
  const lost = requests.filter(({ outcome }) => outcome._tag === 'open').length
  const wrong = answers.filter(answer => answer.wrong !== undefined)
  const late = failed.filter(({ latencyMs, deadlineMs }) => latencyMs > deadlineMs + slackMs).length
  const { doubled, undelivered, excused } = facts.pages
  const untyped = failed.filter(({ error }) => !isTyped(error))
  const { faults, chaos = [] } = facts
  const accepted = requests.length - refused
  const latencies = answers.map(({ latencyMs }) => latencyMs)
  const soak = facts.memory && soakOf(facts.memory, requests)
  const problems = [
    ...(answers.length === 0 ? ['nothing was answered'] : []),
    ...(lost > 0 ? [`${lost} accepted requests never ended`] : []),
    ...(doubled > 0 ? [`${doubled} answers came to two requests each`] : []),
    ...(undelivered > excused
      ? [
          `the pages made ${undelivered} answers that came to nobody, and ${excused} requests ran again or failed`,
        ]
      : []),
    ...(untyped[0] === undefined
      ? []
      : [`${untyped.length} failures without a type: ${untyped[0].error.split('\n', 1)[0]}`]),
    ...(chaos.length > 0 && faults.length === 0
      ? [`no fault struck, of those asked for (${chaos.join(', ')})`]
      : []),
    ...(chaos.length === 0 && failed.length > 0
      ? [`${failed.length} of ${accepted} accepted requests failed, and no fault was asked for`]
      : []),
    ...(late > 0 ? [`${late} requests failed after their deadline`] : []),
    ...new Set(wrong.map(({ model, wrong: why }) => `${model}: ${why}`)),
    ...(soak?.host.flat === false ? ['the memory of this process grows'] : []),
    ...(soak?.browsers?.flat === false ? ['the memory of the browsers grows'] : []),
  ]
  const known = faults.flatMap(fault => fault.inFlight ?? [])
  const inFlight = known.filter(count => count > 0).length
  const warnings = [
    ...(2 * inFlight < known.length
      ? [`only ${inFlight} of ${known.length} faults struck while requests were in flight`]
      : []),
    ...(chaos.length > 0 && failed.length > bearableFailures * accepted
      ? [`${failed.length} of ${accepted} accepted requests failed under the faults`]
      : []),
    ...(facts.pages.silent > 0
      ? [`${facts.pages.silent} living lanes did not say at the end how many answers they had made`]
      : []),
  ]
  return {
    weights: 'seeded weights',
    load: facts.conditions.load,
    conditions: facts.conditions,
    browsers: facts.browsers,
    by: facts.by,
    durationMs: facts.durationMs,
    accepted,
    answered: answers.length,
    failed: failed.length,
    refused,
    lost,
    doubled,
    wrong: wrong.length,
    late,
    faults: faults.length,
    restarts: facts.restarts.browsers + facts.restarts.connections,
    rerun: facts.rerun,
    perSecond: answers.length / (facts.durationMs / 1000),
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    p99Ms: quantile(latencies, 0.99),
    hostBytes: facts.hostBytes,
    connections: facts.connections,
    restartsAt: facts.restartsAt,
    pages: facts.pages,
    struck: faults.toSorted((a, b) => a.at - b.at),
    ...(soak === undefined ? {} : { soak }),
    rows: rowsOf(answers),
    failures: countBy(failed.map(({ error }) => error)),
    ok: problems.length === 0,
    problems,
    warnings,
  }
}

const quarterS = 15

function soakOf(memory: MemoryReadings, requests: readonly StressRequest[]): SoakReport {
  const quarters = Map.groupBy(requests, ({ at }) => Math.floor(at / 1000 / quarterS))
  const latency = [...quarters].flatMap(([quarter, asked]) => {
    const took = asked.flatMap(({ outcome }) => (outcome._tag === 'answered' ? outcome.latencyMs : []))
    return took.length === 0 ? [] : { x: (quarter * quarterS) / 60, y: quantile(took, 0.5) }
  })
  return {
    host: growthOf(memory.host),
    ...(memory.browsers.length > 0 ? { browsers: growthOf(memory.browsers) } : {}),
    latency: trendOf(latency),
    readings: memory,
  }
}

type Answered = { readonly model: string } & Extract<StressRequest['outcome'], { _tag: 'answered' }>

function rowsOf(answers: readonly Answered[]): readonly StressRow[] {
  const groups = Map.groupBy(answers, ({ model, placement }) =>
    [model, placement.browser, placement.browserVersion, placement.backend].join(' '),
  )
  return [...groups.values()].flatMap(group => {
    const [first] = group
    if (first === undefined) return []
    const { placement } = first
    const latencies = group.map(({ latencyMs }) => latencyMs)
    return {
      model: first.model,
      browser: `${placement.browser} ${placement.browserVersion}`,
      backend: placement.backend,
      adapter: placement.adapter,
      answered: group.length,
      p50Ms: quantile(latencies, 0.5),
      p95Ms: quantile(latencies, 0.95),
      p99Ms: quantile(latencies, 0.99),
    }
  })
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
