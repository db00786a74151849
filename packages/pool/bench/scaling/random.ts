// Chance that can be had again: a stream of numbers from a seed, and the distributions that the simulations draw from.

export interface Random {
  /** From 0 (included) to 1 (excluded). */
  next(): number
  /** Of mean 1. */
  exponential(): number
  /** Of mean 1 and this standard deviation of its logarithm. */
  logNormal(sigma: number): number
}

/** Mulberry32 (Ettinger 2017): 32 bits of state, good enough for arrivals. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const exponential = () => -Math.log(1 - next())
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    next,
    exponential,
    logNormal: sigma => Math.exp(sigma * normal() - sigma ** 2 / 2),
  }
}
