// Chance that can be had again: the same seed gives the same numbers. The one source of the stress test's randomness.

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { mersenne } from 'pure-rand/generator/mersenne'

/**
 * Numbers from 0 (included) to 1 (excluded), from a seed of 32 bits.
 *
 * A Mersenne twister, whose start mixes the seed: xoroshiro128+ takes it as it is, and from a small one its first
 * number is next to 1.
 */
export function seededRandom(seed: number): () => number {
  const generator = mersenne(seed)
  return () => uniformFloat64(generator)
}
