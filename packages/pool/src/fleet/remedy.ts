// What is done about a connection that does not become well by itself: which step, and when, as a pure function of what
// health knows and of what was tried before. Least first: its page is loaded again, its browser is started again, another
// browser takes its place. What carries it out is Recycler.ts.

import type { Trouble } from '../health/Trouble.ts'
import type { Recycling } from './recycling.ts'

/** A step that was taken. */
export interface Remedy {
  readonly at: number
  readonly connection: string
  readonly browser: string
  readonly rung: RemedyRung
  /** In words. */
  readonly why: string
}

/** The steps of the ladder that may be taken for it. */
export type RemedyRung = 'reload' | 'browser' | 'replacement'

/** What was tried is remembered for so long: one that did well since then begins with the least step again. */
export const rememberedMs = 10 * 60_000

/** Openings in a row from which on waiting is no remedy; after a step was taken, one is enough. */
const openingsBorne = 2

const degradedBorneMs = 30_000
const degradedAloneBorneMs = 120_000
/** Runs that have shown it: probes, where others are well. */
const degradedRunsBorne = 3

/** Between two steps on one browser, doubled by each; and between any two replacements. */
const [firstWaitMs, longestWaitMs] = [10_000, 5 * 60_000]

/**
 * The step to take now, if any.
 * @param browserOf the browser of a connection; undefined where it is nobody's to start again
 * @param taken oldest first
 */
export function nextRemedy(
  troubles: readonly Trouble[],
  browserOf: (connection: string) => string | undefined,
  taken: readonly Remedy[],
  now: number,
): Extract<Recycling, { why: 'unwell' }> | undefined {
  const recent = taken.filter(({ at }) => now - at < rememberedMs)
  for (const trouble of troubles) {
    const { connection } = trouble
    const browser = browserOf(connection)
    if (browser === undefined) continue
    const before = recent.filter(remedy => remedy.browser === browser)
    const reason = reasonOf(
      trouble,
      before.some(remedy => remedy.connection === connection),
    )
    if (reason === undefined) continue
    const rung = reason.least ? 'reload' : rungAfter(before, connection)
    const waited = rung === 'replacement' ? recent.filter(remedy => remedy.rung === rung) : before
    if (now < restUntil(before) || now < restUntil(waited)) continue
    const unwell = { why: 'unwell', detail: reason.text, connection } as const
    if (rung === 'reload') return { _tag: 'connection', id: connection, ...unwell }
    return { _tag: rung, id: browser, ...unwell }
  }
  return undefined
}

/** Why it should be helped; undefined where it should not, or not yet. `least`: the least step only. */
function reasonOf(
  trouble: Trouble,
  wasHelped: boolean,
): { readonly text: string; readonly least: boolean } | undefined {
  const { openings, modelOpenings, refused, degradedMs, degradedRuns, hasPeers } = trouble
  const borne = wasHelped ? 1 : openingsBorne
  if (openings >= borne) return { text: `its breaker opened ${openings} times in a row`, least: false }
  if (degradedRuns >= degradedRunsBorne && degradedMs >= (hasPeers ? degradedBorneMs : degradedAloneBorneMs))
    return { text: `it has been degraded for ${Math.round(degradedMs / 1000)} s`, least: false }
  // Other models do well there: no reason to end the browser under them.
  if (modelOpenings >= openingsBorne)
    return { text: `the breaker of a model on it opened ${modelOpenings} times in a row`, least: true }
  // Once: what a fresh page cannot load either is no fault of the page's.
  if (refused !== undefined && !wasHelped)
    return { text: `it gave up loading ${refused}, which others of its kind hold`, least: true }
  return undefined
}

function rungAfter(before: readonly Remedy[], connection: string): RemedyRung {
  if (before.some(({ rung }) => rung === 'browser')) return 'replacement'
  return before.some(remedy => remedy.connection === connection) ? 'browser' : 'reload'
}

function restUntil(steps: readonly Remedy[]): number {
  const last = steps.at(-1)
  if (last === undefined) return Number.NEGATIVE_INFINITY
  return last.at + Math.min(longestWaitMs, firstWaitMs * 2 ** (steps.length - 1))
}
