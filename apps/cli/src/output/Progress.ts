// Progress for people, on standard error: one line that is rewritten on a terminal, plain lines elsewhere.
// Results never pass through here; they go to standard output.

import { clearLine, cursorTo } from 'node:readline'

export class Progress {
  readonly #stream: NodeJS.WriteStream
  #live = false

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream
  }

  /** Whether what is shown can be seen: on a terminal. */
  get isLive(): boolean {
    return this.#stream.isTTY
  }

  /** A step that is said once and stays. */
  say(text: string): void {
    this.#wipe()
    this.#stream.write(`${text}\n`)
  }

  /** The present state, replaced by the next; on a terminal only. */
  show(text: string): void {
    if (!this.#stream.isTTY) return
    this.#wipe()
    this.#stream.write(text.slice(0, Math.max(20, (this.#stream.columns ?? 80) - 1)))
    this.#live = true
  }

  end(): void {
    this.#wipe()
  }

  #wipe(): void {
    if (!this.#live) return
    clearLine(this.#stream, 0)
    cursorTo(this.#stream, 0)
    this.#live = false
  }
}
