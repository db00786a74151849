// Whether a machine, in its present state, declares anything about an event type. XState drops what nothing
// declares without a word. `can()` does not answer this: it is false for events that are deliberately ignored,
// and it runs guards.

import type { AnyStateMachine, Snapshot, StateValue } from 'xstate'

type MachineState = Snapshot<unknown> & { readonly value?: StateValue; readonly machine?: AnyStateMachine }
type Node = AnyStateMachine['root']

const matches = (wildcard: string, type: string): boolean =>
  wildcard === '*' ||
  (wildcard.endsWith('.*') && (type === wildcard.slice(0, -2) || type.startsWith(wildcard.slice(0, -1))))

function collect(node: Node, value: StateValue | undefined, into: Set<string>): void {
  for (const descriptor of Object.keys(node.on)) into.add(descriptor)
  if (value === undefined) return
  const active = typeof value === 'string' ? [[value, undefined] as const] : Object.entries(value)
  for (const [key, inner] of active) {
    const next = node.states[key]
    if (next !== undefined) collect(next, inner, into)
  }
}

/** Remembers what one machine declares in the state that it was last asked in. */
export class EventAcceptance {
  #value: StateValue | undefined
  #descriptors: ReadonlySet<string> = new Set()
  #wildcards: readonly string[] = []

  /** True also for what a guard refused and for what is declared to be ignored: both are decisions, not gaps. */
  declares(snapshot: MachineState, type: string): boolean {
    const { machine, value } = snapshot
    if (machine === undefined || value === undefined) return true
    if (value !== this.#value) {
      const found = new Set<string>()
      collect(machine.root, value, found)
      this.#value = value
      this.#descriptors = found
      this.#wildcards = [...found].filter(descriptor => descriptor.endsWith('*'))
    }
    return this.#descriptors.has(type) || this.#wildcards.some(wildcard => matches(wildcard, type))
  }
}
