// One breaker as health has it: its actor, and what is told while that starts. A breaker that is not there lets everything
// pass. What opens and closes it is breaker.machine.ts's.

import type { ActorRef } from '@shoal/core'
import { Effect } from 'effect'
import { type BreakerEvent, type BreakerSnapshot, type Passage, passageOf } from './breaker.machine.ts'

export type BreakerRef = ActorRef<BreakerEvent, BreakerSnapshot>

type State =
  | { readonly _tag: 'starting'; readonly told: BreakerEvent[] }
  | { readonly _tag: 'standing'; readonly ref: BreakerRef }
  /** It could not be started, and is with the next work that is given to what it guards. */
  | { readonly _tag: 'missing' }
  | { readonly _tag: 'stopped' }

export interface BreakerOptions {
  readonly start: () => Promise<BreakerRef>
  /** Hears that it lets work pass that it barred before. */
  readonly onPassable: () => void
}

export class Breaker {
  readonly #options: BreakerOptions
  #state: State = { _tag: 'missing' }

  constructor(options: BreakerOptions) {
    this.#options = options
    this.#start()
  }

  get passage(): Passage {
    const ref = this.#ref
    return ref ? passageOf(ref.getSnapshot()) : 'free'
  }

  get value(): BreakerSnapshot['value'] {
    return this.#ref?.getSnapshot().value ?? 'closed'
  }

  /** Times that it opened without having closed between. */
  get openings(): number {
    return this.#ref?.getSnapshot().context.openings ?? 0
  }

  tell(event: BreakerEvent): void {
    if (this.#state._tag === 'missing' && event.type === 'admitted') this.#start()
    if (this.#state._tag === 'standing') this.#state.ref.tell(event)
    else if (this.#state._tag === 'starting') this.#state.told.push(event)
  }

  /** Ends its actor; one that is about to start ends then. */
  stop(): void {
    const ref = this.#ref
    this.#state = { _tag: 'stopped' }
    if (ref) Effect.runFork(ref.stop())
  }

  get #ref(): BreakerRef | undefined {
    return this.#state._tag === 'standing' ? this.#state.ref : undefined
  }

  #start(): void {
    const starting: State = { _tag: 'starting', told: [] }
    this.#state = starting
    this.#options.start().then(
      ref => {
        if (this.#state === starting) this.#stand(ref, starting.told)
        else Effect.runFork(ref.stop())
      },
      () => {
        if (this.#state === starting) this.#state = { _tag: 'missing' }
      },
    )
  }

  #stand(ref: BreakerRef, told: readonly BreakerEvent[]): void {
    this.#state = { _tag: 'standing', ref }
    for (const event of told) ref.tell(event)
    let last = this.passage
    ref.subscribe(snapshot => {
      const before = last
      last = passageOf(snapshot)
      if (before === 'barred' && last !== 'barred') this.#options.onPassable()
    })
  }
}
