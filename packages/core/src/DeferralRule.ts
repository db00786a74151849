// Which messages wait in which state. It holds none of them: the mailbox puts them aside and back.

import type { Snapshot } from 'xstate'
import type { Deferral } from './Behavior.ts'

type Matching = Snapshot<unknown> & { readonly matches?: (state: string) => boolean }

export class DeferralRule {
  readonly #states: readonly (readonly [state: string, types: readonly string[]])[]
  #last = ''

  constructor(deferral: Deferral) {
    this.#states = Object.entries(deferral).map(([state, types = []]) => [state, types])
  }

  /** Whether a message of this type waits while the machine is in this snapshot. */
  defers(snapshot: Matching, type: string): boolean {
    return this.#states.some(([state, types]) => types.includes(type) && snapshot.matches?.(state) === true)
  }

  /** Whether other states with a rule are active than in the snapshot given before. */
  changed(snapshot: Matching): boolean {
    const active = this.#states.map(([state]) => (snapshot.matches?.(state) === true ? '1' : '0')).join('')
    const changed = active !== this.#last
    this.#last = active
    return changed
  }
}
