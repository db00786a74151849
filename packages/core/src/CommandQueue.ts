// One thing after the other: the commands of one supervisor. A fiber exists only while there is something to do.

import { Effect, Exit, type Fiber } from 'effect'
import { Fifo } from './Fifo.ts'

interface Command {
  readonly run: Effect.Effect<void>
  /** Tells whoever waits for it that it will not be done any more. */
  readonly aborted: () => void
}

export class CommandQueue {
  readonly #fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  #waiting = new Fifo<Command>()
  #current: Command | undefined
  #fiber: Fiber.Fiber<void> | undefined
  #busy = false
  /** Counts aborts: a drain that was scheduled before one must not run beside the one after. */
  #generation = 0

  constructor(fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>) {
    this.#fork = fork
  }

  /** Puts a command in line. Starts in a microtask: never on the stack of the actor whose end caused it. */
  add(run: Effect.Effect<void>, aborted: () => void = () => {}): void {
    this.#waiting.push({ run, aborted })
    if (this.#busy) return
    this.#busy = true
    const generation = this.#generation
    queueMicrotask(() => {
      if (generation === this.#generation) this.#begin()
    })
  }

  /** Puts a command in line and waits for its outcome, `orElse` if it is aborted. Who stops waiting does not stop it. */
  perform<A, E>(command: Effect.Effect<A, E>, orElse: () => Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.callback(resume => {
      const run = Effect.map(Effect.exit(command), exit => resume(exit))
      this.#waiting.push({ run, aborted: () => resume(orElse()) })
      if (this.#busy) return
      this.#busy = true
      this.#begin()
    })
  }

  /** Gives up the command under way and all that wait. */
  abort(): void {
    const given = this.#current === undefined ? [] : [this.#current]
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take()) given.push(next)
    this.#current = undefined
    this.#busy = false
    this.#generation += 1
    this.#fiber?.interruptUnsafe()
    this.#fiber = undefined
    for (const { aborted } of given) aborted()
  }

  #begin(): void {
    const fiber = this.#fork(this.#drain)
    // It may have come to its end, and have begun again, on the way.
    if (this.#busy && fiber.pollUnsafe() === undefined) this.#fiber = fiber
  }

  readonly #drain: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take()) {
      this.#current = next
      const exit = yield* Effect.exit(next.run)
      if (Exit.isFailure(exit)) yield* Effect.logError('a supervisor command failed', exit.cause)
    }
    this.#current = undefined
    this.#busy = false
    this.#fiber = undefined
  })
}
