// Shows an actor system to Stately's inspector: turns what happens in it into the events that @statelyai/inspect
// understands (its wire form, version 0.7). Supervisors appear as actors that have no states. It sends nothing
// itself: an adapter of that package does, to wherever it was made to.

import type { EventObject, Snapshot } from 'xstate'
import { type ActorPath, rootPath } from './ActorPath.ts'
import type { ExitReason } from './ExitReason.ts'
import type { Inspection } from './Inspection.ts'
import { LocalRef } from './LocalRef.ts'
import type { SupervisorRef } from './SupervisorRef.ts'
import type { SystemContract } from './SystemContract.ts'

interface StatelyBase {
  readonly sessionId: string
  readonly rootId: string
  /** Milliseconds since 1970. */
  readonly createdAt: string
  readonly id: string
  readonly _version: string
}

/** An event of @statelyai/inspect: an actor came to be, was sent an event, has a new snapshot. */
export type StatelyEvent =
  | (StatelyBase & {
      type: '@xstate.actor'
      name: string
      parentId: string | undefined
      /** The machine's configuration as JSON. */
      definition: string | undefined
      snapshot: Snapshot<unknown>
    })
  | (StatelyBase & { type: '@xstate.event'; event: EventObject; sourceId: string | undefined })
  | (StatelyBase & { type: '@xstate.snapshot'; event: EventObject; snapshot: Snapshot<unknown> })

/** What sends the events: `createInspector(…).adapter`, or anything with its `send`. */
export interface StatelyAdapter {
  send(event: StatelyEvent): void
}

const version = '0.7.2'

const parentOf = (path: ActorPath): string | undefined => {
  if (path === rootPath) return undefined
  return path.slice(0, path.lastIndexOf('/')) || rootPath
}

const snapshotOf = (status: Snapshot<unknown>['status'], rest: object = {}): Snapshot<unknown> =>
  ({ status, output: undefined, error: undefined, ...rest }) as Snapshot<unknown>

function snapshotAtEnd(reason: ExitReason): Snapshot<unknown> {
  if (reason._tag === 'Normal') return snapshotOf('done')
  if (reason._tag === 'Failure') return snapshotOf('error', { error: reason.error })
  return snapshotOf('stopped')
}

/** A configuration as text: functions by their names, invoked machines by theirs, and no circles. */
function definitionOf(config: unknown): string {
  const parents: object[] = []
  return JSON.stringify(config, function (this: object, _key, value: unknown) {
    if (typeof value === 'function') return { type: value.name || 'inline' }
    if (typeof value !== 'object' || value === null) return value
    while (parents.length > 0 && parents.at(-1) !== this) parents.pop()
    if (parents.includes(value)) return undefined
    parents.push(value)
    return value
  })
}

/** Tells the adapter all actors there are, and then what happens, until the returned function is called. */
export function toStately(
  system: Pick<SystemContract, 'inspect' | 'lookup' | 'root'>,
  adapter: StatelyAdapter,
): () => void {
  let count = 0
  const known = new Set<string>()
  const base = (sessionId: string): StatelyBase => ({
    sessionId,
    rootId: rootPath,
    createdAt: Date.now().toString(),
    id: `${count++}`,
    _version: version,
  })
  const stateAt = (path: ActorPath, otherwise: Snapshot<unknown>): Snapshot<unknown> =>
    system.lookup<never, Snapshot<unknown> | undefined>(path)?.getSnapshot() ?? otherwise

  const announce = (path: ActorPath) => {
    const ref: unknown = system.lookup(path)
    const definition = ref instanceof LocalRef ? definitionOf(ref.logic.config) : undefined
    known.add(path)
    adapter.send({
      ...base(path),
      type: '@xstate.actor',
      name: path.slice(path.lastIndexOf('/') + 1) || rootPath,
      parentId: parentOf(path),
      definition,
      snapshot: stateAt(path, snapshotOf('active')),
    })
  }
  /** A machine within an actor is told of when it first does something. */
  const announceInvoked = (path: ActorPath, machine: string): string => {
    const sessionId = `${path}#${machine}`
    if (known.has(sessionId)) return sessionId
    known.add(sessionId)
    adapter.send({
      ...base(sessionId),
      type: '@xstate.actor',
      name: machine,
      parentId: path,
      definition: undefined,
      snapshot: snapshotOf('active'),
    })
    return sessionId
  }
  const announceTree = (supervisor: SupervisorRef) => {
    announce(supervisor.path)
    for (const { ref } of supervisor.whichChildren()) {
      if ('whichChildren' in ref) announceTree(ref)
      else announce(ref.path)
    }
  }
  const snapshot = (sessionId: string, event: EventObject, of: Snapshot<unknown>) =>
    adapter.send({ ...base(sessionId), type: '@xstate.snapshot', event, snapshot: of })

  const tell = (event: Inspection) => {
    const { path } = event
    switch (event._tag) {
      case 'ActorStarted':
        return announce(path)
      case 'ActorStopped':
        return snapshot(path, { type: 'shoal.stopped' }, snapshotAtEnd(event.reason))
      case 'ActorRestarted':
        return snapshot(path, { type: 'shoal.restarted' }, stateAt(path, snapshotOf('active')))
      case 'MessageReceived':
        return adapter.send({
          ...base(path),
          type: '@xstate.event',
          event: event.message,
          sourceId: undefined,
        })
      case 'Transition': {
        const value = snapshotOf('active', { value: event.to })
        if (event.machine === path) return snapshot(path, event.event, stateAt(path, value))
        return snapshot(announceInvoked(path, event.machine), event.event, value)
      }
      default:
        // It has no words for actions, deferral, dead letters and depths.
        return undefined
    }
  }
  announceTree(system.root)
  return system.inspect(tell)
}
