// What the active states of a machine wait for without being sent anything: delayed transitions, invoked actors, and
// transitions without an event. XState sets these when a state is entered, and a restored state is not entered: what a
// changed machine has gained there would never come.

import { type AnyActorLogic, type AnyStateMachine, StateMachine, type StateValue } from 'xstate'

/** XState's persisted form of an actor, as far as it matters here. */
export interface Persisted {
  readonly status: string
  readonly value?: StateValue
  readonly context?: unknown
  readonly children?: Record<string, { readonly src: unknown; readonly snapshot: Persisted } | undefined>
}

export interface StateWait {
  readonly kind: 'after' | 'invoke' | 'always'
  /** Of the delayed event, or of the invoked actor. */
  readonly id: string
  /** The machine: ids of invoked actors, from the actor's own machine (none) down. */
  readonly source: readonly string[]
  /** What it is, and where, for people; and to compare by. */
  readonly label: string
}

type Node = AnyStateMachine['root']

/** What the active states wait for, in the machine itself and in those that it has invoked. */
export function waitsOf(
  logic: AnyActorLogic,
  snapshot: Persisted,
  source: readonly string[] = [],
): readonly StateWait[] {
  if (!(logic instanceof StateMachine) || snapshot.status !== 'active') return []
  const inner = Object.entries(snapshot.children ?? {}).flatMap(([id, child]) => {
    const logicOfChild = child && logicOf(logic, child.src)
    return logicOfChild === undefined || child === undefined
      ? []
      : waitsOf(logicOfChild, child.snapshot, [...source, id])
  })
  return [...activeNodes(logic.root, snapshot.value).flatMap(node => waitsIn(node, source)), ...inner]
}

function waitsIn(node: Node, source: readonly string[]): readonly StateWait[] {
  const state = node.path.length === 0 ? 'the machine' : `"${node.path.join('.')}"`
  const where = source.length === 0 ? state : `${state} of "${source.join('.')}"`
  const make = (kind: StateWait['kind'], id: string, name: string): StateWait => ({
    kind,
    id,
    source,
    label: `${name} in ${where}`,
  })
  const after = new Map(node.after.map(({ eventType, delay }) => [eventType, `after ${String(delay)}`]))
  return [
    ...[...after].map(([id, name]) => make('after', id, name)),
    ...node.invoke.map(({ id }) => make('invoke', id, `invoke "${id}"`)),
    ...(node.always?.length ? [make('always', node.id, 'always')] : []),
  ]
}

function activeNodes(node: Node, value: StateValue | undefined): readonly Node[] {
  const active = typeof value === 'string' ? [[value, undefined] as const] : Object.entries(value ?? {})
  return [
    node,
    ...active.flatMap(([key, inner]) => {
      const next = node.states[key]
      return next === undefined ? [] : activeNodes(next, inner)
    }),
  ]
}

/** The logic that a machine invokes under this name: provided, or written where it is invoked. */
export function logicOf(machine: AnyStateMachine, src: unknown): AnyActorLogic | undefined {
  if (typeof src !== 'string') return undefined
  const provided: unknown = machine.implementations.actors[src]
  return isLogic(provided) ? provided : inlineIn(machine.root, src)
}

const isLogic = (value: unknown): value is AnyActorLogic =>
  typeof value === 'object' && value !== null && 'transition' in value

function inlineIn(node: Node, src: string): AnyActorLogic | undefined {
  const at = node.invoke.findIndex(each => each.src === src)
  const given: unknown = [node.config.invoke ?? []].flat()[at]?.src
  if (isLogic(given)) return given
  for (const inner of Object.values(node.states)) {
    const found = inlineIn(inner, src)
    if (found !== undefined) return found
  }
  return undefined
}
