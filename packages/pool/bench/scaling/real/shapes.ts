// Short traces for real browsers, in shares of what one lane can do: how much that is is measured first, so that the
// same shape fits every machine. Synthetic.

import { randomOf } from '../random.ts'

export interface ShapeOfLoad {
  readonly name: string
  readonly lengthMs: number
  /** Of what one lane can do, at a moment. */
  share(at: number): number
}

export const shapes: readonly ShapeOfLoad[] = [
  {
    name: 'step',
    lengthMs: 11_000,
    share: at => (at >= 1_000 && at < 8_000 ? 1.3 : 0.3),
  },
  {
    name: 'bursts',
    lengthMs: 11_000,
    share: at => (at % 7_000 >= 1_000 && at % 7_000 < 3_000 ? 2.5 : 0.25),
  },
]

/** Moments of a Poisson process by thinning (Lewis & Shedler 1979). */
export function momentsOf(shape: ShapeOfLoad, lanePerSecond: number, seed: number): readonly number[] {
  const random = randomOf(seed)
  const most = 3 * lanePerSecond
  const moments: number[] = []
  for (let at = 0; ; ) {
    at += (random.exponential() * 1000) / most
    if (at >= shape.lengthMs) return moments
    if (random.next() * most < shape.share(at) * lanePerSecond) moments.push(at)
  }
}
