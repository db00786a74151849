// What is seen of a connection beside its runs: how its link beats, and what its browser takes. Pure: what all connections
// share (a busy machine) is taken out, as it is nobody's fault.

import { median } from './LatencyDrift.ts'

export interface Vitals {
  /** Beats missed by now, those that may be under way left out. */
  readonly missedBeats: number
  /** Times of the last five minutes that its link was heard late. */
  readonly lateBeats: number
  /** Since the page's main thread last answered, in milliseconds. */
  readonly mainMs: number
  /** What its browser takes of what it may take; undefined where either is not known. */
  readonly memory: number | undefined
}

export const noVitals: Vitals = { missedBeats: 0, lateBeats: 0, mainMs: 0, memory: undefined }

/** @param others those of the other connections */
export function ownVitals(vitals: Vitals, others: readonly Vitals[]): Vitals {
  if (others.length === 0) return vitals
  const beyond = (of: (vitals: Vitals) => number) => Math.max(0, of(vitals) - median(others.map(of)))
  return {
    missedBeats: Math.floor(beyond(({ missedBeats }) => missedBeats)),
    lateBeats: Math.floor(beyond(({ lateBeats }) => lateBeats)),
    mainMs: beyond(({ mainMs }) => mainMs),
    memory: vitals.memory,
  }
}
