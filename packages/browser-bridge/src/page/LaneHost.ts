// What a lane does with the frames it gets: loads, runs one at a time in order of arrival, says what became of each.
// Knows engines only by their interface; the worker around it owns the port.

import { decodeHostFrame, encodeFrame } from '../protocol/codec.ts'
import { FrameError } from '../protocol/frameError.ts'
import type {
  Cancel,
  Failed,
  HostMessage,
  Limits,
  Load,
  Loaded,
  More,
  PageMessage,
  Result,
  Run,
  Unload,
  Unloaded,
} from '../protocol/messages.ts'
import { isRetryable, LaneError, shortened, toWireError } from '../protocol/wireErrors.ts'
import { ActiveRun } from './ActiveRun.ts'
import type { Engine, LoadedModel } from './engines/Engine.ts'
import type { FileCache } from './FileCache.ts'
import { freshSecret } from './freshSecret.ts'
import type { FromLane } from './innerMessages.ts'
import { Lock } from './Lock.ts'
import { laneParcel } from './laneParcel.ts'
import { ModelFiles } from './ModelFiles.ts'

export interface LaneHostOptions {
  readonly filesUrl: string
  /** What the host takes. */
  readonly limits: Limits
  /** Engines come when they are first needed: a lane of graphs never loads Transformers.js. */
  readonly engine: (kind: Load['model']['kind']) => Promise<Engine>
  readonly post: (message: FromLane, transfer: readonly ArrayBuffer[]) => void
  /** Where files are kept, or why nowhere. */
  readonly cache: () => Promise<FileCache | string>
  /** How large the engine's heap is; undefined where it is not seen. */
  readonly heapBytes?: () => number | undefined
  /** Resolves once the messages that are waiting at the worker's port have been received. */
  readonly turn: () => Promise<void>
  /**
   * Resolves once it has been looked whether the lane itself is sound, after a run that failed: on a GPU device that is
   * lost the next one would never end.
   */
  readonly failed?: () => Promise<void>
}

/** Work that blocks the worker for longer may have had a cancel pile up behind it. */
const blockedMs = 5

type Answer = Result | Loaded | Unloaded | Failed

interface Queued {
  readonly run: Run
  readonly arrivedAt: number
}

function failure(id: number, thrown: unknown): Failed {
  const error = toWireError(thrown)
  return { t: 'failed', id, error, retryable: isRetryable(error.code) }
}

export class LaneHost {
  readonly #options: LaneHostOptions
  readonly #models = new Map<string, LoadedModel>()
  readonly #queue: Queued[] = []
  /** Loads and unloads in order of arrival; their files may come while a run is at work. */
  readonly #loads = new Lock()
  readonly #worker = freshSecret()
  #made = 0
  #loading = 0
  #running = false
  #active: { readonly run: ActiveRun; readonly model: string; readonly ended: Promise<void> } | undefined

  constructor(options: LaneHostOptions) {
    this.#options = options
  }

  get idle(): boolean {
    return !this.#running && this.#loading === 0
  }

  receive(frame: ArrayBuffer): void {
    const message: HostMessage = decodeHostFrame(new Uint8Array(frame))
    if (message.t === 'run') {
      this.#queue.push({ run: message, arrivedAt: performance.now() })
      if (!this.#running) void this.#work()
    } else if (message.t === 'cancel') this.#cancel(message)
    else if (message.t === 'more') this.#more(message)
    else if (message.t === 'load') this.#inTurn(message, arrivedAt => this.#load(message, arrivedAt))
    else if (message.t === 'unload') this.#inTurn(message, () => this.#unload(message))
  }

  #cancel({ id }: Cancel): void {
    if (this.#active?.run.id === id) this.#active.run.cancel()
    const at = this.#queue.findIndex(({ run }) => run.id === id)
    if (at < 0) return
    this.#queue.splice(at, 1)
    this.#sayEnd(failure(id, new LaneError('Cancelled', 'cancelled before it began')))
  }

  #more({ id, parts }: More): void {
    if (this.#active?.run.id === id) this.#active.run.more(parts)
  }

  /** The host has forgotten what it asked before: nobody takes what would come of it, and parts would find no room. */
  forsaken(): void {
    this.#active?.run.cancel()
    for (const { run } of this.#queue.splice(0)) {
      this.#sayEnd(failure(run.id, new LaneError('Cancelled', 'its socket was lost before it began')))
    }
  }

  #inTurn({ id }: Load | Unload, body: (arrivedAt: number) => Promise<Loaded | Unloaded>): void {
    const arrivedAt = performance.now()
    this.#loading++
    void this.#loads
      .run(() => body(arrivedAt))
      .catch((error: unknown) => failure(id, error))
      .then(answer => {
        this.#loading--
        this.#sayEnd(answer)
      })
      .catch((error: unknown) => this.#giveUp(error))
  }

  async #load(
    { id, model, keepFiles = false, sideBySide = false }: Load,
    arrivedAt: number,
  ): Promise<Loaded> {
    const begunAt = performance.now()
    const files = new ModelFiles({
      filesUrl: this.#options.filesUrl,
      manifest: model,
      onProgress: (file, loaded, total) => this.say({ t: 'progress', id, file, loaded, total }),
      cache: keepFiles ? await this.#options.cache() : undefined,
    })
    let loaded = this.#models.get(model.key)
    const fresh = loaded === undefined
    let grewBy: number | undefined
    if (loaded === undefined) {
      if (sideBySide) files.fetchAll()
      const engine = await this.#options.engine(model.kind)
      const before = this.#options.heapBytes?.()
      loaded = await engine.load(files)
      const after = this.#options.heapBytes?.()
      if (before !== undefined && after !== undefined) grewBy = after - before
      this.#models.set(model.key, loaded)
    }
    return {
      t: 'loaded',
      id,
      timing: { queueMs: begunAt - arrivedAt, fetchMs: files.fetchMs, createMs: fresh ? loaded.createMs : 0 },
      inputs: loaded.inputs,
      outputs: loaded.outputs,
      ...(fresh ? { files: files.taken } : {}),
      ...(grewBy === undefined ? {} : { heapGrewBytes: grewBy }),
    }
  }

  async #unload({ id, model }: Unload): Promise<Unloaded> {
    const loaded = this.#models.get(model)
    this.#models.delete(model)
    // A run has steps, between which its model must not be taken from under it.
    if (this.#active?.model === model) await this.#active.ended
    await loaded?.dispose()
    return { t: 'unloaded', id }
  }

  async #work(): Promise<void> {
    this.#running = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const begunAt = performance.now()
        this.#sayEnd(await this.#answer(next))
        if (performance.now() - begunAt > blockedMs) await this.#options.turn()
      }
    } catch (error) {
      this.#giveUp(error)
    } finally {
      this.#running = false
    }
  }

  async #answer(queued: Queued): Promise<Result | Failed> {
    const ended = Promise.withResolvers<void>()
    try {
      return await this.#run(queued, ended.promise)
    } catch (error) {
      await this.#options.failed?.()
      return failure(queued.run.id, error)
    } finally {
      this.#active = undefined
      ended.resolve()
    }
  }

  /** What it was asked goes unanswered: it must not pass for idle, or for busy, from here on. */
  #giveUp(error: unknown): void {
    this.#options.post({ kind: 'fatal', error: toWireError(error) }, [])
  }

  async #run({ run, arrivedAt }: Queued, ended: Promise<void>): Promise<Result> {
    const begunAt = performance.now()
    const queueMs = begunAt - arrivedAt
    if (queueMs >= run.deadlineMs) {
      throw new LaneError('DeadlinePassed', `its ${Math.round(run.deadlineMs)} ms had passed before it began`)
    }
    const model = this.#models.get(run.model)
    if (model === undefined)
      throw new LaneError('ModelNotLoaded', `model ${run.model} is not loaded in this lane`)
    if (this.#loading > 0) this.#options.post({ kind: 'begin', id: run.id }, [])
    const { turn } = this.#options
    const active = new ActiveRun({ run, arrivedAt, turn, say: part => this.say(part) })
    this.#active = { run: active, model: run.model, ended }
    const { tensors, inputs, json, timing } = await model.run(run, active)
    return {
      t: 'result',
      id: run.id,
      made: { worker: this.#worker, number: ++this.#made },
      timing: { queueMs, ...timing },
      inputs,
      ...(json === undefined ? {} : { json }),
      tensors,
    }
  }

  /** Sends a frame to the host; its tensors are gone from here. */
  say(message: PageMessage): void {
    const { parts, transfer } = laneParcel(encodeFrame(message))
    this.#options.post({ kind: 'frame', parts }, transfer)
  }

  /** The same for an answer, which the link worker must know of. */
  #sayEnd(answer: Answer): void {
    const { message, chunks } = this.#fitted(answer)
    const { parts, transfer } = laneParcel(chunks)
    this.#options.post({ kind: 'end', id: message.id, succeeded: message.t !== 'failed', parts }, transfer)
  }

  /** One that the host would not take becomes the failure that says so; a failure that it would not take, a shorter one. */
  #fitted(message: Answer): { readonly message: Answer; readonly chunks: Uint8Array[] } {
    try {
      return { message, chunks: encodeFrame(message, this.#options.limits) }
    } catch (error) {
      if (message.t === 'failed') {
        const shorter = shortened(message.error)
        if (shorter === undefined) throw error
        return this.#fitted({ ...message, error: shorter })
      }
      const tooLarge = error instanceof FrameError && error.code !== 'HeaderMalformed'
      const why = tooLarge ? new LaneError('AnswerTooLarge', error.message, { cause: error }) : error
      return this.#fitted(failure(message.id, why))
    }
  }
}
