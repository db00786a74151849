// Has an actor told, as a message of its own, that another one has ended. The message goes into its system
// lane: a full mailbox does not keep it out, and it comes before what waits.

import type { EventObject } from 'xstate'
import type { ActorRef, Terminated } from './ActorRef.ts'
import type { SupervisorRef } from './SupervisorRef.ts'

/** What a ref of this package can do besides its contract. */
export interface SystemLane {
  signal(message: EventObject): void
  /** Of the ref of one incarnation: the ref that outlives it. */
  readonly durable?: object
  /** Of the ref of one incarnation: whether that is over. */
  readonly isOver?: boolean
}

const hasSystemLane = (ref: object): ref is SystemLane => 'signal' in ref

const durable = (ref: object): object => (hasSystemLane(ref) ? (ref.durable ?? ref) : ref)

/** Who watches whom: by the watched one and the watcher, how to leave. */
const watches = new WeakMap<object, Map<object, () => void>>()

/**
 * Tells `watcher` once, with the message that `make` makes, when `watched` has ended for good; at once if it has. An
 * actor watches another one once: said again, as each start of a machine says what is in its entry, it takes the place
 * of what was said before. It ends with the watcher: with its ref for good; with the `self` of an incarnation when that
 * is over, as in OTP. Returns how to leave.
 */
export function deathWatch<M extends EventObject>(
  watcher: ActorRef<M>,
  watched: ActorRef<never> | SupervisorRef,
  make: (terminated: Terminated) => M,
): () => void {
  const [who, whom] = [durable(watcher), durable(watched)]
  const others = watches.get(whom) ?? new Map<object, () => void>()
  watches.set(whom, others)
  others.get(who)?.()
  const ends: (() => void)[] = []
  const leave = () => {
    if (others.get(who) === leave) others.delete(who)
    for (const end of ends.splice(0)) end()
  }
  others.set(who, leave)
  ends.push(watcher.watch(leave))
  // It had ended itself.
  if (!others.has(who)) return leave
  ends.push(
    watched.watch(terminated => {
      leave()
      tell(watcher, () => make(terminated))
    }),
  )
  return leave
}

function tell<M extends EventObject>(watcher: ActorRef<M>, message: () => M): void {
  if (!hasSystemLane(watcher)) watcher.tell(message())
  else if (watcher.isOver !== true) watcher.signal(message())
}
