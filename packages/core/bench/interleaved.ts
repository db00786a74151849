// Several things measured in turn, round after round, so that what happens on the machine meets them alike. The
// order rotates; the ratio to the first is taken round by round.

import { type BenchContext, type Paired, pairOf } from '@shoal/tools/bench'

export interface Turn {
  readonly name: string
  /** Does it once, and says the figure. */
  readonly measure: () => Promise<number>
}

/** The first turn beside each of the others. */
export async function interleaved(
  context: BenchContext,
  label: string,
  rounds: number,
  turns: readonly [Turn, ...Turn[]],
): Promise<ReadonlyMap<string, Paired>> {
  const warmUp = Math.max(2, Math.ceil(rounds / 10))
  const figures = turns.map((): number[] => [])
  for (let round = -warmUp; round < rounds; round++) {
    for (let step = 0; step < turns.length; step++) {
      const at = (step + round + warmUp) % turns.length
      const figure = await turns[at]?.measure()
      if (round >= 0 && figure !== undefined) figures[at]?.push(figure)
    }
  }
  context.progress(`${label}: ${rounds} rounds of ${turns.map(({ name }) => name).join(', ')}`)
  const [subjects = [], ...others] = figures
  return new Map(others.map((besides, at) => [turns[at + 1]?.name ?? '', pairOf(subjects, besides)] as const))
}

/** How many a second. */
export async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (count * 1000) / (performance.now() - started)
}
