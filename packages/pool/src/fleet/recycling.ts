// When a connection or a browser has been used long enough. Pure. How it is drained and started anew is Recycler.ts; when
// it is not well is remedy.ts's.

/** Each of them is off where it is absent. */
export interface RecycleRules {
  /** A connection's page that has answered something is loaded again after so many milliseconds: its workers and their memory go. */
  readonly afterMs?: number
  /** The same after so many answers. */
  readonly afterRuns?: number
  /** A browser is started again when its processes take more than so many bytes (a share of what they share counted). */
  readonly aboveBytes?: number
}

export interface Life {
  readonly id: string
  readonly ageMs: number
  readonly runs: number
}

export interface Weight {
  readonly id: string
  /** Undefined where the system does not say. */
  readonly bytes: number | undefined
}

export type Recycling =
  | { readonly _tag: 'connection'; readonly id: string; readonly why: 'age' | 'runs' }
  | { readonly _tag: 'browser'; readonly id: string; readonly why: 'memory' }
  | {
      /** Of a connection, a browser; or a browser that another one shall replace. */
      readonly _tag: 'connection' | 'browser' | 'replacement'
      readonly id: string
      readonly why: 'unwell'
      /** In words. */
      readonly detail: string
      /** The one that is not well. */
      readonly connection: string
    }

/** The one that should go next, if any: the heaviest browser, then the connection that is furthest over its limit. */
export function nextToRecycle(
  connections: readonly Life[],
  browsers: readonly Weight[],
  { afterMs = Number.POSITIVE_INFINITY, afterRuns = Number.POSITIVE_INFINITY, aboveBytes }: RecycleRules,
): Recycling | undefined {
  const [heaviest] = browsers.toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0))
  if (aboveBytes !== undefined && heaviest !== undefined && (heaviest.bytes ?? 0) > aboveBytes) {
    return { _tag: 'browser', id: heaviest.id, why: 'memory' }
  }
  const share = ({ ageMs, runs }: Life) => Math.max(ageMs / afterMs, runs / afterRuns)
  // One that has answered nothing yet may still be loading, which a short limit would never let it end.
  const [oldest] = connections.filter(({ runs }) => runs > 0).toSorted((a, b) => share(b) - share(a))
  if (oldest === undefined || share(oldest) < 1) return undefined
  const why = oldest.ageMs / afterMs >= oldest.runs / afterRuns ? 'age' : 'runs'
  return { _tag: 'connection', id: oldest.id, why }
}

/** Why the rules cannot be meant, or undefined. */
export function recycleFault(rules: RecycleRules): string | undefined {
  for (const [name, value] of Object.entries(rules)) {
    if (!Number.isFinite(value) || value <= 0) return `${name} must be a positive number, and is ${value}`
  }
  return undefined
}
