// Who runs next: the actors that have messages, one after the other, a slice of messages each. It starts in a
// microtask, so that an actor never runs on its sender's stack, and hands the event loop back after a while.
// It holds no fiber and no timer while nobody has messages.

/** Something that can work off a part of its messages. */
export interface Runnable {
  /** Works off at most `budget` messages; says whether there is more. Never throws. */
  run(budget: number): boolean
}

const slice = 64
const beforeYield = 4096

const yieldToEventLoop: (fn: () => void) => void = (() => {
  const { setImmediate } = globalThis as { setImmediate?: (fn: () => void) => unknown }
  if (setImmediate !== undefined) return (fn: () => void) => void setImmediate(fn)
  return (fn: () => void) => void setTimeout(fn, 0)
})()

export class Dispatcher {
  #ready: Runnable[] = []
  #scheduled = false
  readonly #turn = () => this.#drain()

  /** Whether no actor has messages to work off. */
  get idle(): boolean {
    return !this.#scheduled
  }

  /** Puts an actor in line. The caller sees to it that it stands there once. */
  schedule(runnable: Runnable): void {
    this.#ready.push(runnable)
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(this.#turn)
  }

  #drain(): void {
    let turns = beforeYield / slice
    while (this.#ready.length > 0) {
      const batch = this.#ready
      this.#ready = []
      for (const runnable of batch) {
        if (runnable.run(slice)) this.#ready.push(runnable)
        turns -= 1
      }
      if (turns <= 0 && this.#ready.length > 0) {
        yieldToEventLoop(this.#turn)
        return
      }
    }
    this.#scheduled = false
  }
}
