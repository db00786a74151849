// When requests arrive in an open load: at moments that do not wait for answers. Pure; each is milliseconds from the
// start, in order. Random ones come from a seed, so that a run can be made again.

import { seededRandom } from './seededRandom.ts'

/** A Poisson process: independent arrivals, `perSecond` of them on average. */
export function poissonArrivals(perSecond: number, durationMs: number, seed: number): readonly number[] {
  const random = seededRandom(seed)
  const arrivals: number[] = []
  let at = 0
  while (true) {
    at -= (Math.log(1 - random()) / perSecond) * 1000
    if (at >= durationMs) return arrivals
    arrivals.push(at)
  }
}

/**
 * The arrivals of a recorded trace, its whole length fitted into the duration: the pattern is kept, the rate is not.
 * @param csv a first column of timestamps (ISO 8601 or `date time`), below a header line
 * @param most where the trace has more, every n-th arrival stands for n
 */
export function traceArrivals(
  csv: string,
  durationMs: number,
  most = Number.POSITIVE_INFINITY,
): readonly number[] {
  const times = csv
    .split(/\r?\n/)
    .slice(1)
    .map(line => Date.parse((line.split(',')[0] ?? '').replace(' ', 'T').replace(/(\.\d{3})\d*/, '$1')))
    .filter(time => !Number.isNaN(time))
  const [first] = times
  const last = times.at(-1)
  if (first === undefined || last === undefined || last <= first) return []
  const every = Math.max(1, Math.ceil(times.length / most))
  const scale = durationMs / (last - first)
  return times.filter((_, at) => at % every === 0).map(time => (time - first) * scale)
}
