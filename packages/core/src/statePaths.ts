// The states of a machine by the names that people give them: dotted paths, as `snapshot.matches` takes them.

import { type AnyActorLogic, type AnyStateMachine, StateMachine } from 'xstate'

type Paths<V> = string extends V
  ? string
  : V extends string
    ? V
    : V extends object
      ? {
          [K in keyof V & string]: K | `${K}.${Paths<NonNullable<V[K]>>}`
        }[keyof V & string]
      : never

/** The states that a snapshot can be in, where its type says so; else any name. */
export type StatePath<S> = S extends { readonly value: infer V } ? Paths<V> : string

/** All states of a machine; none for logic that has no states. */
export function statePaths(logic: AnyActorLogic): readonly string[] | undefined {
  return logic instanceof StateMachine ? pathsBelow(logic.root, []) : undefined
}

function pathsBelow(node: AnyStateMachine['root'], way: readonly string[]): readonly string[] {
  return Object.entries(node.states).flatMap(([key, state]) => {
    const path = [...way, key.replace(/[\\.]/g, String.raw`\$&`)]
    return [path.join('.'), ...pathsBelow(state, path)]
  })
}
