// Has an actor told, as a message of its own, that another one has ended. The message goes into its system
// lane: a full mailbox does not keep it out, and it comes before what waits.

import type { EventObject } from 'xstate'
import type { ActorRef, Terminated } from './ActorRef.ts'

/** What a ref of this package can do besides its contract. */
export interface SystemLane {
  signal(message: EventObject): void
}

const hasSystemLane = (ref: object): ref is SystemLane => 'signal' in ref

/** Tells `watcher` once, with the message that `make` makes, when `watched` has ended for good. Returns how to leave. */
export const deathWatch = <M extends EventObject>(
  watcher: ActorRef<M>,
  watched: Pick<ActorRef<never>, 'watch'>,
  make: (terminated: Terminated) => M,
): (() => void) =>
  watched.watch(terminated => {
    const message = make(terminated)
    if (hasSystemLane(watcher)) watcher.signal(message)
    else watcher.tell(message)
  })
