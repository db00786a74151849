// An actor system on a virtual clock, with everything that happens in it on record.

import { Duration, Effect } from 'effect'
import type { EventObject } from 'xstate'
import { ActorSystem, type SystemOptions } from '../ActorSystem.ts'
import type { Inspection } from '../Inspection.ts'
import type { PromiseSystem } from '../promise.ts'
import { child } from '../specify.ts'
import { makeProbe, type Probe, recording } from './Probe.ts'
import { turns, turnsUntil } from './turns.ts'
import { VirtualClock } from './VirtualClock.ts'

export interface TestSystem extends PromiseSystem {
  readonly virtual: VirtualClock
  /** All that was inspected since the start. */
  readonly inspected: readonly Inspection[]
  /** Moves time, timer by timer, and lets what each one causes come to rest before the next. */
  advance(duration: Duration.Input): Promise<void>
  /** Lets what is under way come to rest, without moving time. */
  settle(): Promise<void>
  /** Waits, without moving time, until the condition holds. */
  until(condition: () => boolean): Promise<void>
  probe<M extends EventObject>(id: string): Promise<Probe<M>>
}

export interface TestOptions extends Omit<SystemOptions, 'clock'> {
  /** The time of day at its start, in milliseconds since 1970; default 0. */
  readonly startsAt?: number
}

/** Starts a test system. It logs nothing unless it is told to: `inspected` has it all. Stop it, or bind it with `await using`. */
export async function startTestSystem({ startsAt = 0, ...options }: TestOptions = {}): Promise<TestSystem> {
  const virtual = new VirtualClock(startsAt)
  const system = await ActorSystem.start({
    name: 'test',
    intensity: 1000,
    log: 'off',
    ...options,
    clock: virtual,
  })
  const inspected: Inspection[] = []
  system.inspect(event => void inspected.push(event))
  // A busy machine does less in a turn: as long as something happens, it is not at rest. A loop of restarts never is.
  const atRest = async () => {
    for (let rounds = 0, seen = -1; seen !== inspected.length && rounds < 50; rounds++) {
      seen = inspected.length
      await turns()
    }
  }
  const recent = () =>
    inspected
      .slice(-10)
      .map(event => `${event._tag} ${event.path}`)
      .join('; ')
  // Nobody else moves time while a test waits for the stop.
  const stop = async () => {
    let stopped = false
    const stopping = system.stop().finally(() => {
      stopped = true
    })
    await turns()
    while (!stopped && virtual.step(Number.MAX_SAFE_INTEGER)) await turns()
    await stopping
  }
  return {
    ...system,
    stop,
    [Symbol.asyncDispose]: stop,
    virtual,
    inspected,
    advance: async duration => {
      const until = virtual.now() + Duration.toMillis(duration)
      await atRest()
      while (virtual.step(until)) await atRest()
    },
    settle: atRest,
    until: condition =>
      turnsUntil(condition, () => `what was awaited did not happen; last seen: ${recent()}`),
    probe: async <M extends EventObject>(id: string) => {
      const received: M[] = []
      const spec = child({ id, behavior: recording<M>(received) })
      return makeProbe(await Effect.runPromise(system.effect.spawn(spec)), received)
    },
  }
}
