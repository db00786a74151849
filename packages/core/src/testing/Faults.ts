// Faults on purpose, from a seed, so that a run that went wrong can be run again: machines that throw on a message or
// do not start, actors that crash or are killed from outside.

import { Data } from 'effect'
import type { AnyActorLogic, AnyActorScope, EventObject, Snapshot } from 'xstate'
import type { ActorRef } from '../ActorRef.ts'
import type { Behavior } from '../Behavior.ts'
import { InvalidSpec } from '../errors.ts'
import { LocalRef } from '../LocalRef.ts'
import type { PromiseRef } from '../PromiseRef.ts'

/** What an actor fails with when a fault was injected. */
export class InjectedFault extends Data.TaggedError('InjectedFault')<{
  readonly during: 'start' | 'message' | 'crash'
}> {
  override get message(): string {
    return `a fault was injected (${this.during}); a test asked for it`
  }
}

/** How likely each fault is, from 0 (default) to 1. */
export interface FaultRates {
  /** That an incarnation does not start. */
  readonly start?: number
  /** That a machine throws on an event: a message, a timer, the end of what it invoked. */
  readonly message?: number
}

type AnyRef = ActorRef<never> | PromiseRef<never>

export interface Faults {
  readonly seed: number
  /** How many have been injected. */
  readonly injected: number
  /** The same behaviour, with faults at these rates, until `heal`. */
  into<M extends EventObject, S, I>(behavior: Behavior<M, S, I>, rates: FaultRates): Behavior<M, S, I>
  /** Fails the actor's incarnation now, from outside. False if it has none. */
  crash(ref: AnyRef, error?: unknown): boolean
  /** Ends the actor's incarnation now, without a release: what it ran is abandoned. False if it has none. */
  kill(ref: AnyRef): boolean
  /** No more faults by chance. */
  heal(): void
  /** A number from 0 to 1 from the seed: for faults, and scripts, of a test's own. */
  random(): number
}

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, enough for test scripts. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const localRef = (given: AnyRef): LocalRef => {
  const ref = 'ref' in given ? given.ref : given
  if (ref instanceof LocalRef) return ref
  throw new InvalidSpec({
    id: ref.path,
    problem: 'it is not the ref of an actor of this system',
    advice: 'give the ref that spawn, child or lookup gave',
  })
}

/** Makes a source of faults. Print its seed where a test may fail. */
export function makeFaults(seed: number): Faults {
  const random = randomFrom(seed)
  let injected = 0
  let healed = false
  const strike = (rate: number | undefined, during: InjectedFault['during']) => {
    if (healed || rate === undefined || random() >= rate) return
    injected += 1
    throw new InjectedFault({ during })
  }
  return {
    seed,
    random,
    get injected() {
      return injected
    },
    into: (behavior, rates) => ({ ...behavior, logic: faulty(behavior.logic, rates, strike) }),
    crash: (ref, error = new InjectedFault({ during: 'crash' })) => localRef(ref).fail(error),
    kill: ref => localRef(ref).kill(),
    heal: () => {
      healed = true
    },
  }
}

/** The logic with faults, by the public ActorLogic interface. */
function faulty(
  logic: AnyActorLogic,
  rates: FaultRates,
  strike: (rate: number | undefined, during: InjectedFault['during']) => void,
): AnyActorLogic {
  const { restoreSnapshot, start } = logic
  return {
    config: logic.config,
    getPersistedSnapshot: logic.getPersistedSnapshot.bind(logic),
    getInitialSnapshot: (scope: AnyActorScope, input: unknown) => {
      strike(rates.start, 'start')
      return logic.getInitialSnapshot(scope, input)
    },
    transition: (snapshot: Snapshot<unknown>, event: EventObject, scope: AnyActorScope) => {
      // A stop is no event of the actor's own: it may not fail.
      if (event.type !== 'xstate.stop') strike(rates.message, 'message')
      return logic.transition(snapshot, event, scope)
    },
    ...(start && { start: start.bind(logic) }),
    ...(restoreSnapshot && {
      restoreSnapshot: (snapshot: Snapshot<unknown>, scope: AnyActorScope) => {
        strike(rates.start, 'start')
        return restoreSnapshot.call(logic, snapshot, scope)
      },
    }),
  }
}
