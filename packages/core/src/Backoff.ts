// How long to wait before the next restart of one child, by an Effect Schedule. The schedule's state is kept
// from one death to the next, and starts over when the supervisor says that the child had been well.

import { Duration, Effect, Pull, Schedule } from 'effect'
import type { ExitReason } from './ExitReason.ts'

type Step = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, unknown, never, never>>>

export class Backoff {
  readonly #schedule: Schedule.Schedule<unknown>
  #step: Step | undefined

  constructor(schedule: Schedule.Schedule<unknown>) {
    this.#schedule = schedule
  }

  reset(): void {
    this.#step = undefined
  }

  /** The wait in milliseconds; nothing once the schedule has ended, which means: give up. */
  next(now: number, why: ExitReason): Effect.Effect<number | undefined> {
    return Effect.gen({ self: this }, function* () {
      this.#step ??= yield* Schedule.toStep(this.#schedule)
      return yield* Pull.matchEffect(this.#step(now, why), {
        onSuccess: ([, delay]) => Effect.succeed<number | undefined>(Duration.toMillis(delay)),
        onFailure: () => Effect.succeed<number | undefined>(undefined),
        onDone: () => Effect.succeed<number | undefined>(undefined),
      })
    })
  }
}
