// The one place that knows XState's inspection events: turns them into ours. XState 6 keeps fewer of them, so
// what the rest of the code may rely on is the union in Inspection.ts.

import type { AnyActor, AnyActorRef, InspectionEvent, Snapshot } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { Kernel } from './Kernel.ts'

const stateOf = (snapshot: Snapshot<unknown> | undefined): unknown =>
  snapshot !== undefined && 'value' in snapshot ? snapshot.value : snapshot?.status

/** Publishes the transitions and actions of this machine, and of those it invoked, until the returned function is called. */
export function inspectXState(kernel: Kernel, path: ActorPath, actor: AnyActor): () => void {
  const last = new WeakMap<object, unknown>()
  const { inspections, clock } = kernel
  const { unsubscribe } = actor.system.inspect((event: InspectionEvent) => {
    const machine = (event.actorRef as AnyActorRef).id
    if (event.type === '@xstate.snapshot') {
      const to = stateOf(event.snapshot)
      const from = last.get(event.actorRef)
      last.set(event.actorRef, to)
      inspections.publish({
        _tag: 'Transition',
        path,
        at: clock.now(),
        machine,
        event: event.event,
        from,
        to,
      })
    } else if (event.type === '@xstate.action') {
      const { type: action, params } = event.action
      inspections.publish({ _tag: 'ActionRun', path, at: clock.now(), machine, action, params })
    }
  })
  return unsubscribe
}
