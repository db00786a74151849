// Whether a model may come to a page, and which others go for it: those that nobody uses first, the least recently
// used before the others. Pure. Who asks, and who carries it out, is Residency.ts.

/** A model on a page, as room is counted. */
export interface Occupant {
  readonly model: string
  readonly page: string
  readonly bytes: number
  /** `coming`: its room is taken, and it is not there yet. `leaving`: its room is not free yet. */
  readonly state: 'coming' | 'here' | 'leaving'
  /** Requests of its model that wait or run, anywhere. */
  readonly uses: number
  /** Milliseconds, as the moments below. */
  readonly lastUsedAt: number
  /** While it is in use it keeps its place until then, whoever waits. */
  readonly stayUntil: number
}

export interface MemoryCeilings {
  /** Bytes of all models on one page. */
  readonly perPage: number
  /** Bytes of all models on all pages. */
  readonly total: number
  /** Bytes that the machine has left now; undefined where it is not known. */
  readonly machineFree: number | undefined
  /** Bytes of models that have come since that was read, and are not in it. Default 0. */
  readonly unread?: number
}

export interface Need {
  readonly model: string
  readonly page: string
  readonly bytes: number
  /** Where the page has less for models than `perPage`. */
  readonly pageLimit?: number
  /** `needed`: others may have to go for it. `spare`: it comes only where there is room. */
  readonly urgency: 'needed' | 'spare'
}

export type CeilingName = 'page' | 'total' | 'machine'

export type Room =
  | { readonly _tag: 'free' }
  /** The victims must go first; what is in use among them is drained. And these must have left, who are leaving already. */
  | {
      readonly _tag: 'evict'
      readonly victims: readonly Occupant[]
      readonly leaving: readonly Occupant[]
    }
  /** Until somebody leaves or ends, or until this moment. */
  | { readonly _tag: 'wait'; readonly until: number | undefined }
  /** Not even where all others were gone. */
  | { readonly _tag: 'never'; readonly ceiling: CeilingName; readonly freeBytes: number }

interface Shortage {
  readonly ceiling: CeilingName
  readonly bytes: number
  /** Whether what this occupant gives back helps. */
  helps(occupant: Occupant): boolean
}

export function roomFor(
  need: Need,
  occupants: readonly Occupant[],
  limits: MemoryCeilings,
  now: number,
): Room {
  const perPage = Math.min(limits.perPage, need.pageLimit ?? Number.POSITIVE_INFINITY)
  const ceilings = { ...limits, perPage }
  const impossible = beyond(need, occupants, ceilings)
  if (impossible) return impossible
  // Its own copy there must be gone before another comes.
  if (occupants.some(({ model, page }) => model === need.model && page === need.page))
    return { _tag: 'wait', until: undefined }
  const short = shortages(need, occupants, ceilings)
  if (short.length === 0) return { _tag: 'free' }
  if (need.urgency === 'spare') return { _tag: 'wait', until: undefined }
  const leaving = occupants.filter(({ state }) => state === 'leaving')
  const uncovered = short
    .map(one => ({ ...one, bytes: one.bytes - sumOf(leaving.filter(one.helps)) }))
    .filter(({ bytes }) => bytes > 0)
  if (uncovered.length === 0) return { _tag: 'wait', until: undefined }
  const others = occupants.filter(({ model, state }) => model !== need.model && state === 'here')
  const ready = inOrder(others.filter(occupant => mayGo(occupant, now)))
  const victims = leastOf(ready, uncovered)
  if (victims) {
    const needy = short.filter(({ bytes, helps }) => sumOf(victims.filter(helps)) < bytes)
    return { _tag: 'evict', victims, leaving: leaving.filter(one => needy.some(({ helps }) => helps(one))) }
  }
  const turns = others.filter(occupant => !mayGo(occupant, now)).map(({ stayUntil }) => stayUntil)
  return { _tag: 'wait', until: turns.length === 0 ? undefined : Math.min(...turns) }
}

/** The one that should go first because memory runs short, if any is unused. */
export function firstToGo(occupants: readonly Occupant[], unusedSince: number): Occupant | undefined {
  return inOrder(
    occupants.filter(
      ({ state, uses, lastUsedAt }) => state === 'here' && uses === 0 && lastUsedAt <= unusedSince,
    ),
  )[0]
}

function mayGo({ uses, stayUntil }: Occupant, now: number): boolean {
  return uses === 0 || stayUntil <= now
}

/** Who goes first: unused before used; among the unused the least recently used, among the used whose turn is longest over. */
function inOrder(occupants: readonly Occupant[]): Occupant[] {
  return occupants.toSorted((a, b) => {
    if ((a.uses === 0) !== (b.uses === 0)) return a.uses === 0 ? -1 : 1
    return a.uses === 0 ? a.lastUsedAt - b.lastUsedAt : a.stayUntil - b.stayUntil
  })
}

/** The first of `ready` that cover all shortages, without those that turn out to be spared; undefined: all do not. */
function leastOf(ready: readonly Occupant[], shortages: readonly Shortage[]): Occupant[] | undefined {
  const covers = (victims: readonly Occupant[]) =>
    shortages.every(({ bytes, helps }) => sumOf(victims.filter(helps)) >= bytes)
  const chosen: Occupant[] = []
  for (const occupant of ready) {
    if (covers(chosen)) break
    chosen.push(occupant)
  }
  if (!covers(chosen)) return undefined
  // The last chosen is the one whose going would cost most.
  return chosen.reduceRight<Occupant[]>((kept, one) => {
    const without = kept.filter(other => other !== one)
    return covers(without) ? without : kept
  }, chosen)
}

function shortages(
  { page, bytes }: Need,
  occupants: readonly Occupant[],
  { perPage, total, machineFree, unread = 0 }: MemoryCeilings,
): Shortage[] {
  const onPage = (occupant: Occupant) => occupant.page === page
  // What is on its way has been promised, and is not in the machine's reading yet.
  const promised = sumOf(occupants.filter(({ state }) => state === 'coming'))
  const all: Shortage[] = [
    { ceiling: 'page', bytes: sumOf(occupants.filter(onPage)) + bytes - perPage, helps: onPage },
    { ceiling: 'total', bytes: sumOf(occupants) + bytes - total, helps: () => true },
    {
      ceiling: 'machine',
      bytes: promised + unread + bytes - (machineFree ?? Number.POSITIVE_INFINITY),
      helps: () => true,
    },
  ]
  return all.filter(one => one.bytes > 0)
}

function beyond(
  { bytes }: Need,
  occupants: readonly Occupant[],
  { perPage, total, machineFree }: MemoryCeilings,
): Room | undefined {
  if (bytes > perPage) return { _tag: 'never', ceiling: 'page', freeBytes: perPage }
  if (bytes > total) return { _tag: 'never', ceiling: 'total', freeBytes: total }
  if (machineFree === undefined) return undefined
  const freeBytes = machineFree + sumOf(occupants)
  return bytes > freeBytes ? { _tag: 'never', ceiling: 'machine', freeBytes } : undefined
}

function sumOf(occupants: readonly Occupant[]): number {
  return occupants.reduce((sum, { bytes }) => sum + bytes, 0)
}
