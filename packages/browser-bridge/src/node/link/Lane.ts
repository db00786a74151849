// One engine worker in a page, from the host's side: what can be asked of it. Not the socket it speaks through
// (Link.ts) and not who decides what it runs: that is the pool.
import type { NamedTensor } from '@shoal/tensor'
import { type LaneHung, LaneLost, RequestRefused } from '../../errors.ts'
import type {
  Adapter,
  AnswerNumber,
  Backend,
  FilesTaken,
  Loaded as LoadedMessage,
  LoadTiming,
  ModelManifest,
  Progress,
  Result,
  RunInput,
  RunTiming,
  Unloaded,
  ValueMetadata,
} from '../../protocol/messages.ts'
import { askedTwice, beyondAgreed, partBeyondAgreed } from './agreement.ts'
import { type AnswerPart, PartQueue } from './PartQueue.ts'
import type { AskOptions, Requests } from './Requests.ts'
import type { Trust } from './Trust.ts'

export interface Loaded {
  readonly timing: LoadTiming
  readonly inputs: readonly ValueMetadata[]
  readonly outputs: readonly ValueMetadata[]
  /** Absent where the model was loaded already. */
  readonly files?: FilesTaken
  /** By how many bytes the load made the engine's heap grow; absent where the model was loaded already, or none was seen. */
  readonly heapGrewBytes?: number
}

export interface LoadRequest {
  /**
   * Fetching and creating the session, in milliseconds (default 300,000). Past it, or by `signal`, the load is dropped if it
   * waits, and its fetches are aborted; what comes of it after all is let go in the page. The caller hears at once, and the
   * lane is at it (`inFlight`) until the page has answered.
   */
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: { file: string; loaded: number; total: number }) => void
  /**
   * Keep the files in the browser's own file system, so that its next page downloads nothing. Default: on a device that
   * joined, whose profile outlives a session and whose network is slow; not in a browser of ours, whose profile is
   * temporary and whose host is this machine.
   */
  readonly keepFiles?: boolean
  /** All files are fetched at once, side by side, rather than each when the engine wants it (default false). */
  readonly sideBySide?: boolean
}

export interface RunOptions {
  readonly deadlineMs: number
  /** Names of the graph's outputs to give back, each once; all where absent. */
  readonly outputs?: readonly string[]
  /** For tasks: give back the lane's own preprocessed inputs too. */
  readonly returnInputs?: boolean
  /**
   * Ends the work. What waits is dropped, what has steps (a text that is being written) ends between two of them; a
   * single run of a graph goes on to its end in the lane, though its caller hears at once.
   */
  readonly signal?: AbortSignal
  /**
   * How long the lane has to end the work by itself after `signal` or the deadline, in milliseconds, once it is at it. Past
   * it its worker is terminated: whatever else is on it ends with LaneLost, which may be run again and was not begun. Never
   * where absent.
   */
  readonly terminateAfterMs?: number
}

export interface StreamOptions extends RunOptions {
  /** Parts that may wait for the caller before the lane stops to wait for it (default 64). */
  readonly window?: number
}

/**
 * An answer that comes in parts. Read them, once: parts that nobody takes hold the lane up. Leaving the loop cancels
 * the run. A run that fails throws its RequestError out of the loop, after the parts that came before.
 */
export interface LaneStream extends AsyncIterable<AnswerPart> {
  /** The whole answer, when it is whole. Rejects with a RequestError. */
  readonly result: Promise<RunResult>
}

/** What a model runs on. The tensors must not change before the promise of the run settles. */
export interface RunRequest {
  readonly input: RunInput
  readonly tensors: readonly NamedTensor[]
}

export interface RunResult {
  /** Which answer of which worker in the page; absent from a page that does not count. */
  readonly made?: AnswerNumber
  readonly timing: RunTiming
  readonly outputs: readonly NamedTensor[]
  /** The lane's own preprocessed inputs, where they were asked for. */
  readonly inputs: readonly NamedTensor[]
  /** What a task answers that is no tensor. */
  readonly json?: unknown
}

export interface Lane {
  /** `connection/number`. */
  readonly id: string
  readonly backend: Backend
  /** WASM threads that the engine really uses. */
  readonly threads: number
  /** The GPU adapter, where the back-end has one. */
  readonly adapter?: Adapter
  /** How many requests it should hold at once: one at work, one waiting. */
  readonly depth: number
  /** Requests that it has not answered, those that their caller gave up included. */
  readonly inFlight: number
  /** Keys of the models that are loaded. */
  readonly models: ReadonlySet<string>
  /**
   * Loads a model; one that is loaded answers at once. Rejects with a RequestError: this load has then left no model there,
   * unless its socket was lost with the answer on its way. A lane that lives on has the model then, though it is not among
   * `models`: a load asked anew answers at once, an unload lets it go.
   */
  load(model: ModelManifest, request?: LoadRequest): Promise<Loaded>
  /** Unloads a model, also one that is not loaded, once the runs of it that were asked before have ended. Rejects with a RequestError. */
  unload(key: string, deadlineMs?: number): Promise<void>
  /** Runs a loaded model once. Rejects with a RequestError. */
  run(key: string, request: RunRequest, options: RunOptions): Promise<RunResult>
  /**
   * The same in parts, as the answer grows: a task that writes text gives `{ token, text }` for each token. An answer
   * that does not grow comes without parts.
   */
  stream(key: string, request: RunRequest, options: StreamOptions): LaneStream
  /** Resolves when the lane is gone, with why; never rejects. */
  readonly lost: Promise<LaneLost | LaneHung>
  /** Terminates its worker, whatever it does: what is in flight ends with LaneLost. */
  close(): void
}

/** How a lane answered when it was opened. */
export interface LaneReport {
  readonly backend: Backend
  readonly threads: number
  readonly adapter?: Adapter
}

type LaneEnd = LaneLost | LaneHung

export class PageLane implements Lane {
  readonly id: string
  readonly number: number
  readonly backend: Backend
  readonly threads: number
  readonly adapter?: Adapter
  readonly depth = 2
  readonly models = new Set<string>()
  readonly lost: Promise<LaneEnd>
  readonly #requests: Requests
  readonly #terminate: () => void
  readonly #trust: Trust
  /** What its models said that they answer, by key. */
  readonly #outputs = new Map<string, readonly ValueMetadata[]>()
  #end: (end: LaneEnd) => void = () => {}

  /** `terminate` tells the page to end the worker. */
  constructor(
    connection: string,
    number: number,
    report: LaneReport,
    requests: Requests,
    terminate: () => void,
    trust: Trust = 'own',
  ) {
    this.id = `${connection}/${number}`
    this.number = number
    this.backend = report.backend
    this.threads = report.threads
    if (report.adapter !== undefined) this.adapter = report.adapter
    this.#requests = requests
    this.#terminate = terminate
    this.#trust = trust
    this.lost = new Promise(resolve => {
      this.#end = resolve
    })
  }

  get inFlight(): number {
    return this.#requests.inFlight(this.number)
  }

  /** What its models answer: what the same worker's lane is to know of them on another socket. */
  get outputs(): ReadonlyMap<string, readonly ValueMetadata[]> {
    return new Map(this.#outputs)
  }

  /** Its worker holds these models from before. */
  holds(outputs: ReadonlyMap<string, readonly ValueMetadata[]>): void {
    for (const [key, values] of outputs) {
      this.models.add(key)
      this.#outputs.set(key, values)
    }
  }

  async load(model: ModelManifest, request: LoadRequest = {}): Promise<Loaded> {
    const { deadlineMs = 300_000, signal, onProgress, keepFiles = this.#trust === 'joined' } = request
    const sideBySide = request.sideBySide === true ? { sideBySide: true } : {}
    const told =
      onProgress === undefined
        ? undefined
        : ({ file, loaded, total }: Progress) => onProgress({ file, loaded, total })
    const answer = await this.#requests.ask<LoadedMessage>(
      this.number,
      this.id,
      id => ({ t: 'load', id, lane: this.number, model, keepFiles, ...sideBySide }),
      { deadlineMs, signal, onProgress: told },
    )
    this.models.add(model.key)
    this.#outputs.set(model.key, answer.outputs)
    const { timing, inputs, outputs, files, heapGrewBytes } = answer
    return {
      timing,
      inputs,
      outputs,
      ...(files === undefined ? {} : { files }),
      ...(heapGrewBytes === undefined ? {} : { heapGrewBytes }),
    }
  }

  async unload(key: string, deadlineMs = 30_000): Promise<void> {
    this.models.delete(key)
    this.#outputs.delete(key)
    await this.#requests.ask<Unloaded>(
      this.number,
      this.id,
      id => ({ t: 'unload', id, lane: this.number, model: key }),
      { deadlineMs },
    )
  }

  run(key: string, request: RunRequest, options: RunOptions): Promise<RunResult> {
    return this.#run(key, request, options)
  }

  stream(key: string, request: RunRequest, options: StreamOptions): LaneStream {
    const { window = 64, signal } = options
    const parts = new PartQueue(window, (id, count) => this.#requests.more(id, count))
    const left = new AbortController()
    const result = this.#run(
      key,
      request,
      { ...options, signal: signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]) },
      { window, onPart: part => parts.put(part) },
    )
    result.then(
      () => parts.end({ _tag: 'Whole' }),
      (error: unknown) => parts.end({ _tag: 'Broken', error }),
    )
    return { result, [Symbol.asyncIterator]: () => parts.read(() => left.abort()) }
  }

  async #run(
    key: string,
    request: RunRequest,
    { deadlineMs, outputs, returnInputs, signal, terminateAfterMs }: RunOptions,
    stream?: { readonly window: number; readonly onPart: AskOptions['onPart'] },
  ): Promise<RunResult> {
    const twice = outputs && askedTwice(outputs)
    if (twice !== undefined) {
      const reason = `it asks for output '${twice}' twice; name each output once`
      throw new RequestRefused({ lane: this.id, code: 'MessageInvalid', reason })
    }
    const known = this.#outputs.get(key)
    const answer = await this.#requests.ask<Result>(
      this.number,
      this.id,
      id => ({
        t: 'run',
        id,
        lane: this.number,
        model: key,
        input: request.input,
        deadlineMs,
        tensors: request.tensors,
        ...(outputs === undefined ? {} : { outputs }),
        ...(returnInputs === undefined ? {} : { returnInputs }),
        ...(stream === undefined ? {} : { stream: stream.window }),
      }),
      {
        deadlineMs,
        signal,
        onPart: stream?.onPart,
        stuck: this.#stuck(terminateAfterMs),
        // Our own pages run our own code; looking each answer over would be for nothing.
        agree:
          this.#trust === 'own'
            ? undefined
            : answer =>
                answer.t === 'part'
                  ? partBeyondAgreed(answer)
                  : beyondAgreed({ input: request.input, outputs, returnInputs }, known, answer),
      },
    )
    const { made, timing, tensors, inputs, json } = answer
    return {
      ...(made === undefined ? {} : { made }),
      timing,
      inputs: tensors.slice(0, inputs),
      outputs: tensors.slice(inputs),
      ...(json === undefined ? {} : { json }),
    }
  }

  #stuck(afterMs: number | undefined): AskOptions['stuck'] {
    if (afterMs === undefined) return undefined
    const why = `it was terminated, because a request that was given up had not ended there ${afterMs} ms later`
    return { afterMs, end: () => this.close(why) }
  }

  close(reason = 'it was closed'): void {
    this.#terminate()
    this.end(new LaneLost({ lane: this.id, reason }))
  }

  /** It is gone: everything in flight on it ends with `end`. */
  end(end: LaneEnd): void {
    this.#requests.failLane(this.number, end)
    this.models.clear()
    this.#end(end)
  }
}
