// Each connection of the pool's own and where it stands, in one word: a pure function of what the tree, the fleet and
// health say of it.

import type { BrowserKind } from '@shoal/browser-bridge'
import type { ConnectionHealth } from '../health/Health.ts'
import { degradedBelow } from '../health/score.ts'

export type ConnectionState =
  /** It has not been up yet. */
  | 'starting'
  | 'working'
  /** Up, and held ready for when the others are lost or full. */
  | 'spare'
  /** Up, and used only where nothing better is. */
  | 'degraded'
  /** Up, and its breaker is open or half-open: it gets nothing, or trials. */
  | 'barred'
  /** It was up, has fallen, and is being helped up. */
  | 'recovering'
  /** It finishes what it has, and goes. */
  | 'leaving'

export interface ConnectionMetrics {
  readonly connection: string
  readonly browserId: string
  readonly browser: BrowserKind
  readonly state: ConnectionState
}

/** What is known of a connection by those who run it. */
export interface ConnectionFacts extends Omit<ConnectionMetrics, 'state'> {
  /** `starting`: it has not been up yet. `fallen`: it has. */
  readonly standing: 'starting' | 'up' | 'fallen'
  readonly isLeaving: boolean
  readonly isSpare: boolean
}

export function connectionMetrics(
  facts: readonly ConnectionFacts[],
  health: readonly ConnectionHealth[],
): ConnectionMetrics[] {
  return facts.map(fact => {
    const { connection, browserId, browser } = fact
    const own = health.find(other => other.connection === connection)
    return { connection, browserId, browser, state: stateOf(fact, own) }
  })
}

function stateOf(
  { standing, isLeaving, isSpare }: ConnectionFacts,
  health: ConnectionHealth | undefined,
): ConnectionState {
  if (isLeaving) return 'leaving'
  if (standing !== 'up') return standing === 'fallen' ? 'recovering' : 'starting'
  if (health !== undefined && health.breaker !== 'closed') return 'barred'
  if (health !== undefined && health.score < degradedBelow) return 'degraded'
  return isSpare ? 'spare' : 'working'
}
