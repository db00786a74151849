// What one side saw of a script, and where two sides differ. It knows neither side.

import type { How } from './Script.ts'

/** Why a supervisor ended beside a plain end: it restarted too often, or a child failed its first start. */
type Why = How | 'intensity' | 'failed'

/** `+` started, `-` ended, `!` failed to start; the path; how. */
export type TraceEvent = readonly ['+' | '-' | '!', string, Why | '']

/**
 * The children of a live supervisor in start order, and [specs, active, supervisors, workers]; of a dynamic one the
 * running ones, sorted, and their number.
 */
export interface SupervisorState {
  readonly path: string
  readonly children: readonly (readonly [string, 'running' | 'restarting' | 'terminated'])[]
  readonly count: readonly number[]
}

export interface StepTrace {
  /**
   * What the step itself gave, then the answers to the orders that it sent while something started: `gone` for all
   * of these once a supervisor ended in that step, since whether one was answered before is chance.
   */
  readonly results: readonly string[]
  readonly events: readonly TraceEvent[]
  readonly states: readonly SupervisorState[]
}

/** The start of the tree, then each step. */
export type Trace = readonly StepTrace[]

export interface Divergence {
  /** 0 is the start of the tree. */
  readonly step: number
  readonly otp: StepTrace | undefined
  readonly core: StepTrace | undefined
}

/** The first step in which the two differ. */
export function divergence(otp: Trace, core: Trace): Divergence | undefined {
  for (let step = 0; step < Math.max(otp.length, core.length); step++) {
    if (!same(otp[step], core[step])) return { step, otp: otp[step], core: core[step] }
  }
  return undefined
}

function same(otp: StepTrace | undefined, core: StepTrace | undefined): boolean {
  if (otp === undefined || core === undefined) return otp === core
  const rest = ({ results, states }: StepTrace) =>
    JSON.stringify([results, states.map(({ path, children, count }) => [path, children, count])])
  if (rest(otp) !== rest(core)) return false
  if (JSON.stringify(otp.events) === JSON.stringify(core.events)) return true
  return actAtOnce(otp.events) && byPath(otp.events) === byPath(core.events)
}

/** Whether a worker ended right after its start: then it, its supervisor and those above act at the same time. */
const actAtOnce = (events: readonly TraceEvent[]): boolean =>
  events.some(
    ([mark, path], at) => mark === '+' && events[at + 1]?.[0] === '-' && events[at + 1]?.[1] === path,
  )

/** The life of each process: the order that is left where several act at the same time. */
function byPath(events: readonly TraceEvent[]): string {
  const seen = new Map<string, TraceEvent[]>()
  for (const event of events) seen.set(event[1], [...(seen.get(event[1]) ?? []), event])
  return JSON.stringify([...seen].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Without what neither side promises: see `results`, and the order in which a dynamic supervisor's children stop. */
export function promised(
  step: StepTrace,
  supervisors: ReadonlyMap<string, { readonly isDynamic: boolean }>,
): StepTrace {
  const ended = step.events.some(([mark, path]) => mark === '-' && supervisors.has(path))
  const results = step.results.map((word, at) => (at > 0 && ended ? 'gone' : word))
  return {
    ...step,
    results,
    events: sortedStops(step.events, path => supervisors.get(path)?.isDynamic === true),
  }
}

/** Sorts neighbours only. */
function sortedStops(
  events: readonly TraceEvent[],
  isDynamic: (parent: string) => boolean,
): readonly TraceEvent[] {
  const sorted: TraceEvent[] = []
  const groupOf = ([mark, path]: TraceEvent) => {
    const parent = path.slice(0, path.lastIndexOf('/'))
    return mark === '-' && isDynamic(parent) ? parent : undefined
  }
  for (const event of events) {
    let at = sorted.length
    const group = groupOf(event)
    for (; group !== undefined && at > 0; at--) {
      const before = sorted[at - 1]
      if (before === undefined || groupOf(before) !== group || before[1] <= event[1]) break
    }
    sorted.splice(at, 0, event)
  }
  return sorted
}
