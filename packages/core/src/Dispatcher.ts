// Who runs next: the actors that have messages, one after the other, a slice of messages each. It starts in a
// microtask, so that an actor never runs on its sender's stack, and hands the event loop back after a while.
// It holds no fiber and no timer while nobody has messages.

import { Fifo } from './Fifo.ts'

/** Something that can work off a part of its messages. */
export interface Runnable {
  /** Works off at most `budget` messages; says how many. As many as the budget: there may be more. Never throws. */
  run(budget: number): number
}

/** An answer that is ready for whoever asked. */
export interface Answer {
  /** Resumes the asker. Never throws. */
  deliver(): void
}

const slice = 64
const beforeYield = 4096

/** Its `then` is a microtask without what Node's queueMicrotask puts around each. A drain never throws. */
const settled = Promise.resolve()

const yieldToEventLoop: (fn: () => void) => void = (() => {
  const { setImmediate } = globalThis as { setImmediate?: (fn: () => void) => unknown }
  if (setImmediate !== undefined) return (fn: () => void) => void setImmediate(fn)
  return (fn: () => void) => void setTimeout(fn, 0)
})()

export class Dispatcher {
  readonly #ready = new Fifo<Runnable>()
  readonly #answers = new Fifo<Answer>()
  #scheduled = false
  readonly #turn = () => {
    try {
      this.#drain()
    } catch (error) {
      // A fault of this package. The host hears of it; the other actors still get their turn.
      void settled.then(this.#turn)
      throw error
    }
  }

  readonly #onRest: () => void

  /** `onRest` is called at the end of each turn, before the event loop has its own. */
  constructor(onRest: () => void = () => {}) {
    this.#onRest = onRest
  }

  /** Whether no actor has messages to work off. */
  get idle(): boolean {
    return !this.#scheduled
  }

  /** Puts an actor in line. The caller sees to it that it stands there once. */
  schedule(runnable: Runnable): void {
    this.#ready.push(runnable)
    this.wake()
  }

  /**
   * Delivers an answer once the transition that gives it is over: on the actor's stack the asker would run in the
   * middle of it, and see the snapshot from before.
   */
  answer(answer: Answer): void {
    this.#answers.push(answer)
    this.wake()
  }

  /** Sees to it that there is a turn: actors and answers, and then `onRest`. */
  wake(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    void settled.then(this.#turn)
  }

  #drain(): void {
    let left = beforeYield
    this.#deliverAnswers()
    for (let next = this.#ready.take(); next !== undefined; next = this.#ready.take()) {
      const done = next.run(slice)
      if (done === slice) this.#ready.push(next)
      this.#deliverAnswers()
      left -= done
      if (left <= 0 && this.#ready.size > 0) {
        this.#onRest()
        yieldToEventLoop(this.#turn)
        return
      }
    }
    this.#onRest()
    this.#scheduled = false
  }

  /** Whoever is resumed may cause more of them. */
  #deliverAnswers(): void {
    for (let answer = this.#answers.take(); answer !== undefined; answer = this.#answers.take()) {
      answer.deliver()
    }
  }
}
