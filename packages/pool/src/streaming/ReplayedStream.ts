// One streamed answer over as many attempts as it takes: what its caller was given stays given. A later attempt is
// made from the start, must agree with that, and goes on from there; where it does not agree, the stream ends, since
// nobody could tell what the whole answer is. It keeps what was delivered, and runs nothing.

import type { AnswerPart } from '@shoal/browser-bridge'
import { tensorBytes } from '@shoal/tensor'
import { InterruptedAfter } from '../errors.ts'

/** Parts that may wait for the caller before the lane must wait too. */
const room = 64

type End = { readonly _tag: 'whole' } | { readonly _tag: 'broken'; readonly error: unknown }

export class ReplayedStream {
  readonly #model: string
  /** All that was delivered or waits to be: a later attempt is held against it. */
  readonly #parts: AnswerPart[] = []
  #read = 0
  #end: End | undefined
  /** The reader waits for a part, or the writer for room: never both. */
  #wake: () => void = () => {}

  constructor(model: string) {
    this.#model = model
  }

  /** Takes the parts of one attempt, in order. Rejects with InterruptedAfter where it disagrees with an earlier one. */
  attempt(): (part: AnswerPart) => Promise<void> {
    let at = 0
    return async part => {
      const known = this.#parts[at]
      at++
      if (known === undefined) await this.#deliver(part)
      else if (!equalParts(known, part)) throw this.#interrupted(at)
    }
  }

  /** No part comes any more. What has come is given out still. */
  end(end: End): void {
    this.#end ??= end
    this.#wake()
  }

  /** For one reader. `leave` is called where it leaves before the end. */
  async *read(leave: () => void): AsyncGenerator<AnswerPart, void, undefined> {
    try {
      while (true) {
        const part = this.#parts[this.#read]
        if (part !== undefined) {
          this.#read++
          this.#wake()
          yield part
        } else if (this.#end === undefined) await this.#change()
        else if (this.#end._tag === 'broken') throw this.#end.error
        else return
      }
    } finally {
      if (this.#end === undefined) leave()
    }
  }

  async #deliver(part: AnswerPart): Promise<void> {
    this.#parts.push(part)
    this.#wake()
    while (this.#parts.length - this.#read >= room && this.#end === undefined) await this.#change()
  }

  #change(): Promise<void> {
    return new Promise(resolve => {
      const others = this.#wake
      this.#wake = () => {
        this.#wake = () => {}
        others()
        resolve()
      }
    })
  }

  #interrupted(at: number): InterruptedAfter {
    const delivered = this.#parts.length
    return new InterruptedAfter({
      model: this.#model,
      delivered,
      message: `${this.#model}: the lane that was answering died after ${delivered} parts, and the answer made again differs from them at part ${at}; ask again for the whole, or set do_sample: false so that it can be repeated.`,
    })
  }
}

function equalParts(a: AnswerPart, b: AnswerPart): boolean {
  if (JSON.stringify(a.json) !== JSON.stringify(b.json) || a.tensors.length !== b.tensors.length) return false
  return a.tensors.every((tensor, at) => {
    const other = b.tensors[at]
    if (other === undefined || tensor.name !== other.name || tensor.dtype !== other.dtype) return false
    if (tensor.dims.join() !== other.dims.join()) return false
    if (tensor.dtype === 'string') return JSON.stringify(tensor.data) === JSON.stringify(other.data)
    return Buffer.compare(tensorBytes(tensor), tensorBytes(other)) === 0
  })
}
