// A model as its user holds it: run it, look at it, release it. A thin handle; the model itself is an actor, and
// its requests live in the pool's ledger.

import { randomInt } from 'node:crypto'
import type { AnswerPart, RunRequest } from '@shoal/browser-bridge'
import { checkInputs } from '@shoal/onnx'
import type { NamedTensor, Tensor } from '@shoal/tensor'
import type { Answer, Placement, Timing } from './Answer.ts'
import { type ModelInput, toRunRequest } from './inputs.ts'
import type { Ledger } from './Ledger.ts'
import type { ResolvedSpec } from './ModelSpec.ts'
import type { IgnoredOption } from './model/IgnoredOption.ts'
import { innermost } from './model/innermost.ts'
import { endOf, type HeldModel, type Models, versionOf } from './model/Models.ts'
import type { FoundModel } from './model/model.machine.ts'
import { type ModelSnapshot, releasedError } from './model/modelActor.ts'
import { optionFault, type RunModelOptions } from './runOptions.ts'
import { ReplayedStream } from './streaming/ReplayedStream.ts'
import type { Work } from './Work.ts'

export interface RunAnswer {
  /** The tensors that the model answered, by name. Empty for a task whose answer is `json`. */
  readonly output: Readonly<Record<string, Tensor>>
  /** The answer of a task that is no tensor: labels, boxes, text. */
  readonly json?: unknown
  /** The lane's own preprocessed tensors, where `returnInputs` asked for them. */
  readonly inputs?: Readonly<Record<string, Tensor>>
  readonly timing: Timing
  readonly placement: Placement
}

/** An answer that comes in parts. Read them, once: parts that nobody takes hold the lane up. */
export interface AnswerStream extends AsyncIterable<AnswerPart> {
  /** The whole answer, when it is whole. */
  readonly result: Promise<RunAnswer>
}

/** Where a model stands: a state's name, and its replicas by connection. */
export interface ModelStatus {
  readonly state: string
  readonly replicas: ModelSnapshot['context']['replicas']
  /** Of its files. */
  readonly bytes: number
  /** The first digits of `key`: two contents under one name are two versions. */
  readonly version: string
  /** Options that were asked for and change nothing for its files, with the reason. */
  readonly ignored: readonly IgnoredOption[]
}

export interface Model extends AsyncDisposable {
  /** Of the model that it holds now: one that was got by an alias follows it. */
  readonly spec: ResolvedSpec
  /** The content hash of its files. */
  readonly key: string
  run(input: ModelInput, options?: RunModelOptions): Promise<RunAnswer>
  /**
   * The same in parts, as the answer grows: a model that writes text gives `{ token, text }` for each token. Where a lane
   * dies on the way the answer is made again elsewhere and goes on where it was; `InterruptedAfter` where it then differs
   * from what was given. Leaving the loop aborts the request. Wrong input rejects `result` and ends the loop with it.
   */
  stream(input: ModelInput, options?: RunModelOptions): AnswerStream
  status(): ModelStatus
  /** Gives it back. With the last holder it drains, and its memory is freed in every lane. */
  release(): Promise<void>
}

export interface ModelHandleOptions {
  readonly models: Models
  readonly ledger: Ledger<Work, Answer>
  /** Of a request that sets none, in milliseconds. */
  readonly deadlineMs: number
  readonly onReleased?: () => void
}

/** A model that is held for it, and what its files are. */
export interface Holding {
  readonly held: HeldModel
  readonly found: FoundModel
}

export class ModelHandle implements Model {
  readonly #options: ModelHandleOptions
  #holding: Holding
  #released: Promise<void> | undefined

  constructor(options: ModelHandleOptions, holding: Holding) {
    this.#options = options
    this.#holding = holding
  }

  get spec(): ResolvedSpec {
    return this.#holding.held.spec
  }

  get key(): string {
    return this.#holding.found.stored.key
  }

  get held(): HeldModel {
    return this.#holding.held
  }

  /** Holds another model from now on. What was accepted for the one before ends there, and then it is given back. */
  move(next: Holding): void {
    const { models, ledger } = this.#options
    if (this.#released) {
      void models.release(next.held)
      return
    }
    const { held: before } = this.#holding
    this.#holding = next
    void ledger.settled(before.id).then(() => models.release(before))
  }

  run(input: ModelInput, options: RunModelOptions = {}): Promise<RunAnswer> {
    return this.#ask(input, options, undefined)
  }

  stream(input: ModelInput, options: RunModelOptions = {}): AnswerStream {
    const parts = new ReplayedStream(this.spec.name)
    const left = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal
    const result = this.#ask(input, { ...repeatable(options), signal }, parts)
    result.then(
      () => parts.end({ _tag: 'whole' }),
      (error: unknown) => parts.end({ _tag: 'broken', error }),
    )
    return { result, [Symbol.asyncIterator]: () => parts.read(() => left.abort()) }
  }

  #ask(input: ModelInput, options: RunModelOptions, stream: ReplayedStream | undefined): Promise<RunAnswer> {
    const unable = this.#unable() ?? optionFault(this.spec, options)
    if (unable !== undefined) return Promise.reject(unable)
    const request = toRunRequest(this.spec, input, options.options)
    if (request instanceof Error) return Promise.reject(request)
    const mismatch = this.#mismatch(request)
    if (mismatch !== undefined) return Promise.reject(mismatch)
    const { ledger, models, deadlineMs } = this.#options
    const { held, found } = this.#holding
    const { outputs, returnInputs } = options
    const work: Work = {
      request,
      options: { ...(outputs ? { outputs } : {}), ...(returnInputs ? { returnInputs } : {}) },
      ...(stream === undefined ? {} : { stream }),
    }
    // What comes in parts is not put together with others.
    const fit = stream === undefined ? found.batching?.batcher.fit(work) : undefined
    return new Promise((resolve, reject) => {
      models.began(held)
      const refused = ledger.accept({
        model: held.id,
        input: fit === undefined ? work : { ...work, fit },
        priority: options.priority ?? 0,
        deadlineMs: options.deadlineMs ?? deadlineMs,
        signal: options.signal,
        settle: end => {
          models.ended(held)
          if (end._tag === 'failed') reject(end.error)
          else resolve(answerOf(end.answer))
        },
      })
      if (!(refused instanceof Error)) return
      models.ended(held)
      reject(refused)
    })
  }

  status(): ModelStatus {
    const { held, found } = this.#holding
    const { value, context } = held.ref.getSnapshot()
    return {
      state: innermost(value),
      replicas: context.replicas,
      bytes: found.stored.bytes,
      version: versionOf(found),
      ignored: found.ignored,
    }
  }

  release(): Promise<void> {
    if (!this.#released) {
      this.#options.onReleased?.()
      this.#released = this.#options.models.release(this.held)
    }
    return this.#released
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  /** Why it takes no requests any more: it was released, or has failed since it was ready. */
  #unable(): unknown {
    if (this.#released) return releasedError(this.spec.name)
    return this.held.ref.getSnapshot().status === 'done' ? endOf(this.held) : undefined
  }

  /** What does not fit between tensors and the graph's own inputs; a task's inputs are the lane's to make. */
  #mismatch({ tensors }: RunRequest): unknown {
    if (this.spec.task !== undefined) return undefined
    try {
      checkInputs(this.#holding.found.signature, byName(tensors))
      return undefined
    } catch (error) {
      return error
    }
  }
}

function answerOf({ result, timing, placement }: Answer): RunAnswer {
  return {
    output: byName(result.outputs),
    ...(result.json === undefined ? {} : { json: result.json }),
    ...(result.inputs.length === 0 ? {} : { inputs: byName(result.inputs) }),
    timing,
    placement,
  }
}

/** An answer that is drawn by chance is drawn from a seed, so that it can be made again from its beginning. */
function repeatable(options: RunModelOptions): RunModelOptions {
  const own = options.options
  if (own?.['do_sample'] !== true || own['seed'] !== undefined) return options
  return { ...options, options: { ...own, seed: randomInt(2 ** 31) } }
}

function byName(tensors: readonly NamedTensor[]): Record<string, Tensor> {
  // Field by field: a rest pattern doubles what it takes to make an answer.
  return Object.fromEntries(
    tensors.map(({ name, dtype, dims, data }) => [name, { dtype, dims, data } as Tensor]),
  )
}
