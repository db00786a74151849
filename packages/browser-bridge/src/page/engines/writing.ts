// Text that a Transformers.js pipeline writes token by token: each token handed on as a part, the loop ended when it is
// told, and its chance seeded, so that a run that is given to another lane writes the same again.

import { BaseStreamer, type PreTrainedTokenizer, random, StoppingCriteria } from '@huggingface/transformers'
import type { RunControl } from './Engine.ts'
import type { RunTrace } from './tap.ts'

/** What of a request's options is ours, and what the pipeline gets besides. */
export interface Writing {
  readonly options: Readonly<Record<string, unknown>>
  /** To be called right before the pipeline: chance is one for the whole worker, whose runs come one at a time. */
  seed(): void
}

/** `options.seed` starts the chance that sampling goes by; without it each run samples anew. */
export function writing(
  asked: Readonly<Record<string, unknown>>,
  tokenizer: PreTrainedTokenizer,
  trace: RunTrace,
  control: RunControl,
): Writing {
  const { seed, ...options } = asked
  return {
    options: {
      ...options,
      stopping_criteria: new StopWhenTold(trace, control),
      ...(control.streams ? { streamer: new PartStreamer(tokenizer, control) } : {}),
    },
    seed: () => random.seed(typeof seed === 'number' ? seed : undefined),
  }
}

/** Transformers.js asks it after each token. */
class StopWhenTold extends StoppingCriteria {
  readonly #trace: RunTrace
  readonly #control: RunControl

  constructor(trace: RunTrace, control: RunControl) {
    super()
    this.#trace = trace
    this.#control = control
  }

  override _call(inputIds: number[][]): boolean[] {
    this.#trace.generates = true
    const stop = this.#control.stopped !== undefined
    return inputIds.map(() => stop)
  }
}

/** Tokens before the first new one that its text depends on: whether a space, or a word's first half, comes before it. */
const context = 6

/**
 * One part for each token, with the text that has become certain by it: none after half a character. Token by token
 * and not word by word, as Transformers.js' own streamer has it, which also loses what joins the text to its prompt.
 * Method: the two offsets of Hugging Face's text-generation-inference (server/models/model.py, decode_token).
 */
class PartStreamer extends BaseStreamer {
  readonly #tokenizer: PreTrainedTokenizer
  readonly #control: RunControl
  #ids: number[] = []
  /** What is decoded begins here, */
  #from = 0
  /** and its text up to here was given. */
  #given = 0
  #prompt = true

  constructor(tokenizer: PreTrainedTokenizer, control: RunControl) {
    super()
    this.#tokenizer = tokenizer
    this.#control = control
  }

  override put([value = []]: bigint[][]): void {
    const ids = value.map(Number)
    if (this.#prompt) {
      this.#ids = ids
      this.#given = ids.length
      this.#from = Math.max(0, ids.length - context)
      this.#prompt = false
      return
    }
    this.#ids.push(...ids)
    const fresh = this.#fresh()
    const whole = fresh !== '' && !fresh.endsWith('\uFFFD')
    this.#control.part({ token: ids[0], text: whole ? fresh : '' })
    if (!whole) return
    this.#from = this.#given
    this.#given = this.#ids.length
  }

  /** A long clip is written in several goes: the next begins with a prompt of its own. */
  override end(): void {
    this.#prompt = true
  }

  #fresh(): string {
    const decode = (ids: number[]) => this.#tokenizer.decode(ids, { skip_special_tokens: true })
    const before = decode(this.#ids.slice(this.#from, this.#given))
    return decode(this.#ids.slice(this.#from)).slice(before.length)
  }
}
