// Faults one after the other, each round in an order and at moments of its own (from a seed), on browsers that have work
// in hand: which, where and when. What each one does is its own; healing is the pool's.

import type { BrowserInfo } from '@shoal/pool'
import { rest } from '../../rest.ts'
import type { StruckFault } from '../report.ts'
import { seededRandom } from '../seededRandom.ts'
import type { Fault } from './Fault.ts'

export interface ChaosOptions {
  readonly faults: readonly Fault[]
  /** From one fault to the next on the mean, in milliseconds; each pause is half to one and a half times as long. */
  readonly everyMs: number
  readonly seed: number
  readonly browsers: () => readonly BrowserInfo[]
  /** Milliseconds since the load began. */
  readonly elapsed: () => number
  readonly onStruck: (struck: StruckFault) => void
}

/** How long a fault waits for a browser that has a request in flight, before it takes any. */
const patienceMs = 2000

/** Strikes until the signal fires, and resolves when the last fault is over; rejects then, where one of them failed. */
export async function chaos(options: ChaosOptions, signal: AbortSignal): Promise<void> {
  const underWay: Promise<unknown>[] = []
  const random = seededRandom(options.seed)
  let round: Fault[] = []
  for (let turn = 0; !signal.aborted; turn++) {
    await rest(options.everyMs * (0.5 + random()), signal)
    if (round.length === 0) round = shuffled(options.faults, random)
    const fault = round.pop()
    if (fault === undefined || signal.aborted) break
    const victim = await victimOf(options, turn, signal)
    if (victim === undefined) continue
    const at = options.elapsed()
    const striking = fault.strike({ victim, all: options.browsers() }, signal).then(struck => {
      if (struck !== undefined) options.onStruck({ at, fault: fault.name, ...struck })
    })
    // Told when all is over: until then nobody else waits for it, and a rejection nobody sees would end the process.
    striking.catch(() => {})
    underWay.push(striking)
  }
  await Promise.all(underWay)
}

/** Each kind of browser in turn, one with work before one without. */
async function victimOf(
  { browsers, faults }: ChaosOptions,
  turn: number,
  signal: AbortSignal,
): Promise<BrowserInfo | undefined> {
  const until = performance.now() + patienceMs
  while (!signal.aborted) {
    const alive = browsers().filter(({ pid, connections }) => pid !== undefined && connections.length > 0)
    const kinds = [...new Set(alive.map(({ kind }) => kind))].sort()
    // Each round of faults begins with another kind, so that every fault meets every kind.
    const round = Math.floor(turn / faults.length)
    const kind = kinds[(turn + round) % Math.max(1, kinds.length)]
    const busy = alive.filter(({ running }) => running > 0)
    const victim = busy.find(browser => browser.kind === kind) ?? busy[0]
    if (victim !== undefined) return victim
    if (performance.now() > until) return alive[0]
    await rest(5, signal)
  }
  return undefined
}

/** Every fault once (Fisher and Yates). */
function shuffled(faults: readonly Fault[], random: () => number): Fault[] {
  const order = [...faults]
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const [a, b] = [order[at], order[other]]
    if (a && b) [order[at], order[other]] = [b, a]
  }
  return order
}
