// The supervision tree, spelled out: what stands under what, and how each end is answered. What the actors do
// is theirs.
//
//   /browsers            dynamic: a supervisor for each browser
//     /chromium-1        rest_for_one: with the process go its connections
//       /process         browser.machine
//       /connections     one_for_one
//         /chromium-1.1  connection.machine, a page each
//   /devices             dynamic, none started again: a device.machine each, for those that joined by address
//   /models              dynamic: a model.machine each
//   /health              dynamic: a breaker.machine for each connection, and for each model on it
//   /scaler              scaler.machine

import { type ChildSpec, dynamicSupervisor, type SupervisorSpec, supervisor } from '@shoal/core'
import { Schedule } from 'effect'

/** Names in the tree, for those who look things up in it or hear of them. */
export const names = {
  browsers: 'browsers',
  connections: 'connections',
  devices: 'devices',
  models: 'models',
  health: 'health',
  process: 'process',
} as const

/** What of a browser an actor's path names. */
export function partOf(path: string): 'process' | 'connection' | undefined {
  const [, top, , part, connection] = path.split('/')
  if (top !== names.browsers) return undefined
  if (part === names.process) return 'process'
  return part === names.connections && connection !== undefined ? 'connection' : undefined
}

/**
 * The first restart is at once: most deaths are alone, and somebody waits for an answer. After that 0.2 s doubling to 10 s,
 * moved by chance so that crashes do not align.
 */
const backoff = Schedule.concat(
  Schedule.once,
  Schedule.min([Schedule.exponential('200 millis'), Schedule.spaced('10 seconds')]).pipe(Schedule.jittered),
)

/** Restarts of one browser within a minute before the pool takes another browser in its place. */
const browserRestarts = 3

/** Restarts of one connection within a minute, times the connections there may be: chaos stays below the root. */
const connectionRestarts = 3

/** What stands from the start; the scaler comes last, when there is something to scale. */
export const poolTree: readonly SupervisorSpec[] = [
  dynamicSupervisor({ id: names.health }),
  dynamicSupervisor({ id: names.browsers }),
  dynamicSupervisor({ id: names.devices }),
  dynamicSupervisor({ id: names.models, intensity: 10, period: '1 minute', backoff }),
]

export interface BrowserTreeParts {
  readonly id: string
  readonly process: ChildSpec<never>
  readonly firstConnection: ChildSpec<never>
  readonly maxConnections: number
}

/** One browser with its connections. Temporary: a browser that keeps dying is replaced, not retried for ever. */
export const browserTree = ({
  id,
  process,
  firstConnection,
  maxConnections,
}: BrowserTreeParts): SupervisorSpec =>
  supervisor({
    id,
    strategy: 'rest_for_one',
    restart: 'temporary',
    intensity: browserRestarts,
    period: '1 minute',
    backoff,
    children: [
      process,
      supervisor({
        id: names.connections,
        intensity: connectionRestarts * maxConnections,
        period: '1 minute',
        backoff,
        children: [firstConnection],
      }),
    ],
  })
