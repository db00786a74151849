// What running beside others costs: the time that requests take by how many lanes are busy, kept for each kind of
// request (a model on a kind of lane) so that a change in what is asked does not look like a change of pace. Hot: it is
// told of every answer. What follows from it is throughput.ts's.

/** What was seen while so many lanes were busy. */
export interface SlowdownLevel {
  readonly busy: number
  /** Times of requests over what they would be on the mean of all levels. */
  readonly mean: number
  /** Of one request, about the mean. */
  readonly variance: number
  readonly count: number
}

interface Cell {
  mean: number
  variance: number
  count: number
  seenAt: number
}

/** Weight of the newest time once there are enough: about the last four hundred count. */
const weight = 0.005

export const countsAtMost = 2 / weight - 1

/** What was not seen for so long is worth trying again, in milliseconds. */
const staleMs = 5 * 60_000

export class Concurrency {
  readonly #kinds = new Map<string, Map<number, Cell>>()

  /**
   * @param kind of request; those of a kind are alike but for chance
   * @param busy lanes that were busy meanwhile, this one included
   */
  observe(kind: string, busy: number, serviceMs: number, at: number): void {
    const cells = this.#kinds.get(kind) ?? new Map<number, Cell>()
    this.#kinds.set(kind, cells)
    const cell = cells.get(busy) ?? { mean: serviceMs, variance: 0, count: 0, seenAt: at }
    cells.set(busy, cell)
    cell.count++
    cell.seenAt = at
    const share = Math.max(weight, 1 / cell.count)
    const difference = serviceMs - cell.mean
    cell.mean += share * difference
    // Exponentially weighted variance (West 1979, with a constant weight).
    cell.variance = (1 - share) * (cell.variance + share * difference * difference)
  }

  /** Kinds that were seen of late, as of the last look. */
  get kinds(): number {
    return this.#kinds.size
  }

  /** Few lanes first. */
  levels(now: number): readonly SlowdownLevel[] {
    for (const [kind, cells] of this.#kinds) {
      for (const [busy, { seenAt }] of cells) if (seenAt < now - staleMs) cells.delete(busy)
      if (cells.size === 0) this.#kinds.delete(kind)
    }
    return levelsOf(this.#kinds)
  }
}

/**
 * Time = that of the kind × that of the level: a two-way multiplicative model, fitted by alternating weighted means (a
 * few rounds do; with one kind, one).
 */
function levelsOf(kinds: ReadonlyMap<string, ReadonlyMap<number, Cell>>): SlowdownLevel[] {
  const levels = new Map<number, number>()
  const rounds = kinds.size > 1 ? 8 : 1
  for (let round = 0; round < rounds; round++) {
    const sums = new Map<number, { time: number; weight: number }>()
    for (const cells of kinds.values()) {
      const own = meanOf([...cells].map(([busy, { mean, count }]) => [mean / (levels.get(busy) ?? 1), count]))
      for (const [busy, { mean, count }] of cells) {
        const sum = sums.get(busy) ?? { time: 0, weight: 0 }
        sums.set(busy, { time: sum.time + (count * mean) / own, weight: sum.weight + count })
      }
    }
    for (const [busy, { time, weight: all }] of sums) levels.set(busy, time / all)
  }
  return [...levels]
    .map(([busy, mean]) => ({ busy, mean, ...spreadOf(kinds, busy, mean) }))
    .sort((a, b) => a.busy - b.busy)
}

function spreadOf(
  kinds: ReadonlyMap<string, ReadonlyMap<number, Cell>>,
  busy: number,
  mean: number,
): Pick<SlowdownLevel, 'variance' | 'count'> {
  const cells = [...kinds.values()].flatMap(kind => kind.get(busy) ?? [])
  const relative = meanOf(cells.map(cell => [cell.variance / cell.mean ** 2, cell.count]))
  return { variance: relative * mean ** 2, count: cells.reduce((sum, cell) => sum + cell.count, 0) }
}

function meanOf(weighted: readonly (readonly [value: number, weight: number])[]): number {
  const all = weighted.reduce((sum, [, one]) => sum + one, 0)
  return all === 0 ? 1 : weighted.reduce((sum, [value, one]) => sum + value * one, 0) / all
}
