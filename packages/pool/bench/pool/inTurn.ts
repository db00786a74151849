// Several things measured beside each other, round by round, each first in turn: what a busy machine does to one of them
// it does to all. Ends early where a round takes long, so that a bench stays within minutes.
import type { BenchContext } from '@shoal/tools/bench'

export interface InTurnOptions {
  readonly label: string
  /** Rounds that count, where there is time for them. */
  readonly rounds: number
  /** Rounds that count, whatever they take. Default 3. */
  readonly fewest?: number
  /** No round is begun after so long. */
  readonly budgetMs: number
  /** Rounds before them that do not count. Default 1. */
  readonly warmUp?: number
}

/** What each side measured, by its name, in the same order of rounds. */
export async function inTurn<Name extends string, Measured>(
  context: BenchContext,
  sides: Readonly<Record<Name, () => Promise<Measured>>>,
  { label, rounds, fewest = 3, budgetMs, warmUp = 1 }: InTurnOptions,
): Promise<Readonly<Record<Name, readonly Measured[]>>> {
  const names = Object.keys(sides) as Name[]
  const seen = Object.fromEntries(names.map(name => [name, [] as Measured[]])) as Record<Name, Measured[]>
  const startedAt = performance.now()
  for (let round = 0; round < warmUp + rounds; round++) {
    const counted = round - warmUp
    if (counted >= fewest && performance.now() - startedAt > budgetMs) break
    for (const at of names.keys()) {
      const name = names[(at + round) % names.length] as Name
      const measured = await sides[name]()
      if (counted >= 0) seen[name].push(measured)
    }
    if (counted >= 0) context.progress(`${label}: round ${counted + 1} of ${rounds}`)
  }
  return seen
}

/** How long it takes, in milliseconds. */
export async function timed(thing: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await thing()
  return performance.now() - startedAt
}
