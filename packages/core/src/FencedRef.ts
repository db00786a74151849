// The ref that an incarnation's own effects hold of their actor. JavaScript cannot stop an effect that does not
// yield, so what an ended incarnation still tells its actor must not reach the next one: it is a dead letter.

import { Effect } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorRef } from './ActorRef.ts'
import type { Cell } from './Cell.ts'
import type { SystemLane } from './deathWatch.ts'
import { ActorStopped } from './errors.ts'
import { bury } from './Kernel.ts'

/** The cell's own actor, for as long as this incarnation of it has not ended. */
export function fencedRef(cell: Cell): ActorRef<EventObject> & SystemLane {
  const { self } = cell.owner
  const { path } = self
  const refuse = (message: EventObject) => bury(cell.kernel, path, message, 'OldIncarnation')
  return {
    path,
    tell: message => (cell.life._tag === 'Ended' ? refuse(message) : self.tell(message)),
    signal: message => (cell.life._tag === 'Ended' ? refuse(message) : self.signal(message)),
    offer: message =>
      Effect.suspend(() => {
        if (cell.life._tag !== 'Ended') return self.offer(message)
        refuse(message)
        return Effect.fail(new ActorStopped({ path }))
      }),
    ask: (make, timeout) =>
      Effect.suspend(() =>
        cell.life._tag === 'Ended' ? Effect.fail(new ActorStopped({ path })) : self.ask(make, timeout),
      ),
    stop: () => self.stop(),
    watch: listener => self.watch(listener),
    getSnapshot: () => self.getSnapshot(),
    subscribe: listener => self.subscribe(listener),
    snapshots: self.snapshots,
  }
}
