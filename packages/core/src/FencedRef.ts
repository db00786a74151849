// The ref that an incarnation's own effects hold of their actor. JavaScript cannot stop an effect that does not
// yield, so what an ended incarnation still tells its actor must not reach the next one: it is a dead letter.

import { Effect } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorRef } from './ActorRef.ts'
import type { SystemLane } from './deathWatch.ts'
import { ActorStopped } from './errors.ts'
import type { Host } from './Host.ts'
import { bury } from './Kernel.ts'

/** The host's own actor, for as long as this incarnation of it has not ended. */
export function fencedRef(host: Host): ActorRef<EventObject> & SystemLane {
  const { self } = host
  const { path } = self
  const refuse = (message: EventObject) => bury(host.kernel, path, message, 'OldIncarnation')
  return {
    path,
    tell: message => (host.isOver ? refuse(message) : self.tell(message)),
    signal: message => (host.isOver ? refuse(message) : self.signal(message)),
    offer: message =>
      Effect.suspend(() => {
        if (!host.isOver) return self.offer(message)
        refuse(message)
        return Effect.fail(new ActorStopped({ path }))
      }),
    ask: (make, timeout) =>
      Effect.suspend(() => (host.isOver ? Effect.fail(new ActorStopped({ path })) : self.ask(make, timeout))),
    stop: () => self.stop(),
    watch: listener => self.watch(listener),
    getSnapshot: () => self.getSnapshot(),
    subscribe: listener => self.subscribe(listener),
    snapshots: self.snapshots,
  }
}
