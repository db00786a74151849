// Looks at a real pool while a trace runs: how many connections there are, and how long each takes from the step that
// starts it until it holds the model. It decides nothing.

import type { BenchPool } from '../../BenchPool.ts'
import type { SizeChange } from './browserSeconds.ts'
import type { StartUp } from './RealRun.ts'

const lookMs = 20

export class Watch {
  readonly sizes: SizeChange[] = []
  readonly startUps: StartUp[] = []
  readonly #parts: BenchPool['parts']
  readonly #elapsed: () => number
  readonly #coming = new Map<string, { readonly nth: number; readonly since: number }>()
  #known: ReadonlySet<string>
  readonly #timer: NodeJS.Timeout

  /** @param elapsed milliseconds since the trace began */
  constructor({ parts }: BenchPool, elapsed: () => number) {
    this.#parts = parts
    this.#elapsed = elapsed
    this.#known = this.#present()
    this.#look()
    this.#timer = setInterval(() => this.#look(), lookMs)
  }

  /** Connections that are on their way. */
  get starting(): number {
    return this.#coming.size
  }

  end(): void {
    clearInterval(this.#timer)
    this.#look()
  }

  #look(): void {
    const at = this.#elapsed()
    const present = this.#present()
    const fresh = [...present].filter(id => !this.#known.has(id))
    for (const [index, id] of fresh.entries())
      this.#coming.set(id, { nth: present.size - fresh.length + index + 1, since: at })
    this.#known = present
    const serving = new Set(this.#parts.dispatcher.lanes().map(({ connection }) => connection))
    for (const [id, { nth, since }] of this.#coming) {
      if (serving.has(id)) this.startUps.push({ nth, ms: at - since })
      if (serving.has(id) || !present.has(id)) this.#coming.delete(id)
    }
    if (this.sizes.at(-1)?.count !== present.size) this.sizes.push({ at, count: present.size })
  }

  #present(): ReadonlySet<string> {
    return new Set(this.#parts.browsers.connections().map(({ connection }) => connection))
  }
}
