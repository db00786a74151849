// The parts of one answer that a simulated lane gives as it grows, for one reader.

import type { AnswerPart } from '@shoal/browser-bridge'

export class SimulatedParts {
  readonly #parts: AnswerPart[] = []
  #end: { readonly error: unknown } | undefined
  #wake: () => void = () => {}

  put(part: AnswerPart): void {
    this.#parts.push(part)
    this.#wake()
  }

  /** @param error undefined where the answer is whole */
  end(error: unknown): void {
    this.#end = { error }
    this.#wake()
  }

  async *read(leave: () => void): AsyncGenerator<AnswerPart, void, undefined> {
    try {
      for (;;) {
        const part = this.#parts.shift()
        if (part !== undefined) yield part
        else if (this.#end === undefined)
          await new Promise<void>(resolve => {
            this.#wake = resolve
          })
        else if (this.#end.error !== undefined) throw this.#end.error
        else return
      }
    } finally {
      if (this.#end === undefined) leave()
    }
  }
}
