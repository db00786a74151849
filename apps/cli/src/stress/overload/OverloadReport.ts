// What an overload showed, and whether the rules held: as one document. Pure: it measures nothing, prints nothing.

import type { Point } from '../../output/chart.ts'
import { quantile } from '../../output/quantile.ts'
import { type Growth, growthOf } from '../growth.ts'
import { isTyped } from '../tagOf.ts'
import { type State, states, type Tally } from './Tally.ts'

export interface OverloadFacts {
  readonly models: readonly string[]
  /** Requests asked at the same time of an idle pool, one: median by model, in milliseconds. */
  readonly calmMs: readonly number[]
  /** Answers a second of a closed load that keeps every lane busy. */
  readonly capacity: number
  readonly times: number
  /** How long the overload lasted, in milliseconds. */
  readonly durationMs: number
  /** Of the pool. */
  readonly maxQueue: number
  /** Requests that its lanes may hold beside those that wait. */
  readonly held: number
  /** Waiting when the last request had been asked. */
  readonly waitingAtEnd: number
  /** From the last request of the overload until one came back as fast as before; undefined where none did. */
  readonly recoveryMs: number | undefined
  /** Seconds of the overload, and bytes that this process holds. */
  readonly memory: readonly Point[]
  /** Seconds from its start until it had recovered, and requests that waited. */
  readonly waiting: readonly Point[]
  readonly deadlineMs: number
}

export interface OverloadRow {
  readonly model: string
  readonly calmMs: number
  readonly answered: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly greatestMs: number
  /** What a full queue takes of it at the pace that was seen, twice, and the deadline: no answer may take longer. */
  readonly boundMs: number
}

export interface OverloadReport {
  readonly weights: 'seeded weights'
  readonly capacity: number
  readonly times: number
  readonly durationMs: number
  readonly asked: number
  readonly askedPerSecond: number
  /** By how much a request was asked later than it should have been, at most: latencies count from when it was asked. */
  readonly greatestLagMs: number
  readonly accepted: number
  readonly answered: number
  readonly answeredPerSecond: number
  readonly refused: number
  readonly failed: number
  readonly failures: Readonly<Record<string, number>>
  readonly lost: number
  readonly doubled: number
  readonly wrong: number
  readonly late: number
  readonly refusalP50Ms: number
  readonly refusalP99Ms: number
  readonly refusalMaxMs: number
  readonly maxQueue: number
  readonly rows: readonly OverloadRow[]
  readonly recoveryMs: number | null
  readonly recoveryBoundMs: number
  readonly host: Growth
  /** Seconds, and bytes that this process held. */
  readonly memory: readonly Point[]
  /** Seconds, and requests that waited. */
  readonly waiting: readonly Point[]
  readonly ok: boolean
  readonly problems: readonly string[]
}

/** 99 of 100 are refused sooner: nothing is awaited for it, and the processor is not this process's alone. */
const refusalLimitMs = 50
/** Beyond what timers and a busy machine may take. */
export const slackMs = 2000
/** Beside what the queue takes to be worked off. */
const recoveryLimitMs = 10_000

export function overloadReport(tally: Tally, facts: OverloadFacts): OverloadReport {
  const rows = facts.models.map((model, at) => rowOf(tally, facts, model, at))
  const refusals = tally.took(['refused'])
  const answered = tally.count('answered', 'wrong')
  const refused = tally.count('refused')
  const [lost, wrong, late] = [tally.count('open'), tally.count('wrong'), tally.count('late')]
  const asked = states.reduce((sum, state) => sum + (state === 'not asked' ? 0 : tally.count(state)), 0)
  const failures = tally.failures()
  const untyped = Object.keys(failures).filter(tag => !isTyped(tag))
  const host = growthOf(facts.memory)
  const refusalP99Ms = quantile(refusals, 0.99)
  const recoveryBoundMs = recoveryLimitMs + (1000 * (facts.waitingAtEnd + facts.held)) / facts.capacity
  const problems = [
    ...(answered === 0 ? ['nothing was answered'] : []),
    ...(refused === 0 ? ['nothing was refused: it was no overload'] : []),
    ...(lost > 0 ? [`${lost} accepted requests never ended`] : []),
    ...(tally.doubled > 0 ? [`${tally.doubled} answers were delivered twice`] : []),
    ...(wrong > 0 ? [`${wrong} answers were wrong`] : []),
    ...(late > 0 ? [`${late} requests failed after their deadline`] : []),
    ...untyped.map(tag => `a failure without a type: ${tag}`),
    ...(refusalP99Ms > refusalLimitMs
      ? [`refusals took ${refusalP99Ms.toFixed(0)} ms (99 %), more than ${refusalLimitMs}`]
      : []),
    ...rows.flatMap(({ model, greatestMs, boundMs }) =>
      greatestMs > boundMs
        ? [
            `an answer of ${model} took ${greatestMs.toFixed(0)} ms, more than its bound of ${boundMs.toFixed(0)}`,
          ]
        : [],
    ),
    ...(facts.recoveryMs === undefined || facts.recoveryMs > recoveryBoundMs
      ? [`it had not recovered ${(recoveryBoundMs / 1000).toFixed(1)} s after the last request`]
      : []),
    ...(host.flat ? [] : ['the memory of this process grows']),
  ]
  return {
    weights: 'seeded weights',
    capacity: facts.capacity,
    times: facts.times,
    durationMs: facts.durationMs,
    asked,
    askedPerSecond: (1000 * asked) / facts.durationMs,
    greatestLagMs: tally.greatestLagMs,
    accepted: asked - refused,
    answered,
    answeredPerSecond: (1000 * answered) / facts.durationMs,
    refused,
    failed: tally.count('failed', 'late'),
    failures,
    lost,
    doubled: tally.doubled,
    wrong,
    late,
    refusalP50Ms: quantile(refusals, 0.5),
    refusalP99Ms,
    refusalMaxMs: quantile(refusals, 1),
    maxQueue: facts.maxQueue,
    rows,
    recoveryMs: facts.recoveryMs ?? null,
    recoveryBoundMs,
    host,
    memory: facts.memory,
    waiting: facts.waiting,
    ok: problems.length === 0,
    problems,
  }
}

const answers: readonly State[] = ['answered', 'wrong']

/** Requests go to the models in turn, so a request's number tells its model. */
function rowOf(tally: Tally, facts: OverloadFacts, model: string, at: number): OverloadRow {
  const took = tally.took(answers, facts.models.length, at)
  const perMs = took.length / facts.durationMs
  return {
    model,
    calmMs: facts.calmMs[at] ?? Number.NaN,
    answered: took.length,
    p50Ms: quantile(took, 0.5),
    p95Ms: quantile(took, 0.95),
    greatestMs: quantile(took, 1),
    boundMs: Math.min(facts.deadlineMs + slackMs, (2 * (facts.maxQueue + facts.held)) / perMs),
  }
}
