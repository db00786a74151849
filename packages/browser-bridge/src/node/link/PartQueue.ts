// The parts of one streamed answer, between the page that sends them and the caller who takes them: in order, each
// once, and never more of them than the caller has room for. Not the request itself, whose end it is told.

import type { NamedTensor } from '@shoal/tensor'
import type { Part } from '../../protocol/messages.ts'

/** What an answer has grown by. */
export interface AnswerPart {
  /** What of it is no tensor, e.g. `{ token, text }` of a text that is being written. */
  readonly json?: unknown
  readonly tensors: readonly NamedTensor[]
}

type End = { readonly _tag: 'Whole' } | { readonly _tag: 'Broken'; readonly error: unknown }

export class PartQueue {
  readonly #window: number
  readonly #more: (id: number, parts: number) => void
  readonly #waiting: Part[] = []
  /** Parts that the page may still send. */
  #room: number
  #nextSeq = 0
  /** Taken, and the page not yet told. */
  #taken = 0
  #end: End | undefined
  #wake: () => void = () => {}

  /** `more` tells the page that there is room for so many further parts. */
  constructor(window: number, more: (id: number, parts: number) => void) {
    this.#window = window
    this.#room = window
    this.#more = more
  }

  /** Takes a part in. Gives back what is wrong with it where it is not the one that is due. */
  put(part: Part): string | undefined {
    if (part.seq !== this.#nextSeq) return `part ${part.seq} came where part ${this.#nextSeq} was due`
    if (this.#room === 0) return `part ${part.seq} came where there was no room for it`
    this.#nextSeq++
    this.#room--
    this.#waiting.push(part)
    this.#wake()
    return undefined
  }

  /** No part comes any more. What has come is given out still, then the end. */
  end(end: End): void {
    this.#end ??= end
    this.#wake()
  }

  /** For one reader. `stop` is called where it leaves before the end. */
  async *read(stop: () => void): AsyncGenerator<AnswerPart, void, undefined> {
    try {
      for (;;) {
        const part = this.#waiting.shift()
        if (part !== undefined) {
          this.#took(part.id)
          yield { ...(part.json === undefined ? {} : { json: part.json }), tensors: part.tensors }
        } else if (this.#end === undefined) {
          await new Promise<void>(resolve => {
            this.#wake = resolve
          })
        } else if (this.#end._tag === 'Broken') throw this.#end.error
        else return
      }
    } finally {
      if (this.#end === undefined) stop()
    }
  }

  /** Credit is granted half a window at a time; one message per part would double the traffic. */
  #took(id: number): void {
    this.#taken++
    if (this.#end !== undefined || this.#taken < Math.ceil(this.#window / 2)) return
    this.#room += this.#taken
    this.#more(id, this.#taken)
    this.#taken = 0
  }
}
