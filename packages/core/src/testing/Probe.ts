// An actor of a test that keeps what it is told, so that a test can wait for it.

import { type EventObject, fromCallback } from 'xstate'
import type { ActorRef } from '../ActorRef.ts'
import { type Behavior, behavior } from '../Behavior.ts'
import { turnsUntil } from './turns.ts'

export interface Probe<M extends EventObject> {
  readonly ref: ActorRef<M>
  /** All that it was told, in order. */
  readonly received: readonly M[]
  /** Waits until it has been told a message of this type, later than those expected before, and gives it. */
  expect<T extends M['type']>(type: T): Promise<Extract<M, { readonly type: T }>>
}

/** The behaviour of a probe that keeps its messages in `into`. */
export const recording = <M extends EventObject>(into: M[]): Behavior<M, unknown, undefined> => {
  const logic = fromCallback<M>(({ receive }) => {
    receive(message => void into.push(message))
  })
  return behavior({ logic }) as unknown as Behavior<M, unknown, undefined>
}

export function makeProbe<M extends EventObject>(ref: ActorRef<M>, received: readonly M[]): Probe<M> {
  let seen = 0
  return {
    ref,
    received,
    expect: async <T extends M['type']>(type: T) => {
      const find = () => received.findIndex((message, at) => at >= seen && message.type === type)
      await turnsUntil(
        () => find() >= 0,
        () => `${ref.path} was not told "${type}"; it was told: ${received.map(m => m.type).join(', ')}`,
      )
      const at = find()
      seen = at + 1
      return received[at] as Extract<M, { readonly type: T }>
    },
  }
}
