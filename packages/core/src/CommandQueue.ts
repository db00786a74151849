// One thing after the other: the commands of one supervisor. A fiber exists only while there is something to do.

import { Effect, Exit, type Fiber } from 'effect'

export class CommandQueue {
  readonly #fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  #waiting: Effect.Effect<void>[] = []
  #fiber: Fiber.Fiber<void> | undefined
  #busy = false

  constructor(fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>) {
    this.#fork = fork
  }

  /** Puts a command in line. Starts in a microtask: never on the stack of the actor whose end caused it. */
  add(command: Effect.Effect<void>): void {
    this.#waiting.push(command)
    if (this.#busy) return
    this.#busy = true
    queueMicrotask(() => {
      this.#fiber = this.#fork(this.#drain)
    })
  }

  /** Puts a command in line and waits for its outcome. Who stops waiting does not stop it. */
  perform<A, E>(command: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.callback(resume => {
      this.add(Effect.map(Effect.exit(command), exit => resume(exit)))
    })
  }

  /** Gives up the command under way and all that wait. */
  abort(): void {
    this.#waiting = []
    this.#fiber?.interruptUnsafe()
  }

  readonly #drain: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      for (const command of batch) {
        const exit = yield* Effect.exit(command)
        if (Exit.isFailure(exit)) yield* Effect.logError('a supervisor command failed', exit.cause)
      }
    }
    this.#busy = false
    this.#fiber = undefined
  })
}
