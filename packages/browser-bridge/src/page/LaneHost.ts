// What a lane does with the frames it gets: runs one at a time in order of arrival, says what became of each. Its models
// come and go by LaneModels; the worker around it owns the port.

import { decodeHostFrame, encodeFrame } from '../protocol/codec.ts'
import { FrameError } from '../protocol/frameError.ts'
import type {
  Cancel,
  Failed,
  HostMessage,
  Limits,
  Loaded,
  More,
  PageMessage,
  Result,
  Run,
  Unloaded,
} from '../protocol/messages.ts'
import { LaneError, shortened, toWireError } from '../protocol/wireErrors.ts'
import { ActiveRun } from './ActiveRun.ts'
import { freshSecret } from './freshSecret.ts'
import type { HeldModel } from './HeldModel.ts'
import type { FromLane } from './innerMessages.ts'
import { failure, LaneModels, type LaneModelsOptions } from './LaneModels.ts'
import { laneParcel } from './laneParcel.ts'

export interface LaneHostOptions
  extends Pick<LaneModelsOptions, 'filesUrl' | 'engine' | 'cache' | 'heapBytes'> {
  /** What the host takes. */
  readonly limits: Limits
  readonly post: (message: FromLane, transfer: readonly ArrayBuffer[]) => void
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
  /** What it needs, where that was loaded when it arrived: an unload that comes later waits for it. */
  held: HeldModel | undefined
}

export class LaneHost {
  readonly #options: LaneHostOptions
  readonly #queue: Queued[] = []
  /** Their files may come while a run is at work. */
  readonly #models: LaneModels
  readonly #worker = freshSecret()
  #made = 0
  #running = false
  #active: ActiveRun | undefined

  constructor(options: LaneHostOptions) {
    this.#options = options
    this.#models = new LaneModels({
      ...options,
      onProgress: progress => this.say(progress),
      onEnd: answer => this.#sayEnd(answer),
      onBroken: error => this.#giveUp(error),
    })
  }

  get idle(): boolean {
    return !this.#running && !this.#models.busy
  }

  receive(frame: ArrayBuffer): void {
    const message: HostMessage = decodeHostFrame(new Uint8Array(frame))
    if (message.t === 'run') {
      this.#queue.push({
        run: message,
        arrivedAt: performance.now(),
        held: this.#models.enter(message.model),
      })
      if (!this.#running) void this.#work()
    } else if (message.t === 'cancel') this.#cancel(message)
    else if (message.t === 'more') this.#more(message)
    else if (message.t === 'load') this.#models.load(message)
    else if (message.t === 'unload') this.#models.unload(message)
  }

  #cancel({ id }: Cancel): void {
    if (this.#active?.id === id) this.#active.cancel()
    const at = this.#queue.findIndex(({ run }) => run.id === id)
    if (at < 0) this.#models.cancel(id)
    else this.#drop(this.#queue.splice(at, 1), 'cancelled before it began')
  }

  #more({ id, parts }: More): void {
    if (this.#active?.id === id) this.#active.more(parts)
  }

  /** The host has forgotten what it asked before: nobody takes what would come of it, and parts would find no room. */
  forsaken(): void {
    this.#active?.cancel()
    this.#drop(this.#queue.splice(0), 'its socket was lost before it began')
    this.#models.forsaken()
  }

  #drop(queued: readonly Queued[], why: string): void {
    for (const { run, held } of queued) {
      held?.leave()
      this.#sayEnd(failure(run.id, new LaneError('Cancelled', why)))
    }
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
      // Never run any more, and an unload must not wait for them.
      for (const { held } of this.#queue.splice(0)) held?.leave()
    } finally {
      this.#running = false
    }
  }

  async #answer(queued: Queued): Promise<Result | Failed> {
    try {
      return await this.#run(queued)
    } catch (error) {
      await this.#options.failed?.()
      return failure(queued.run.id, error)
    } finally {
      this.#active = undefined
      queued.held?.leave()
    }
  }

  /** What it was asked goes unanswered: it must not pass for idle, or for busy, from here on. */
  #giveUp(error: unknown): void {
    this.#options.post({ kind: 'fatal', error: toWireError(error) }, [])
  }

  async #run(queued: Queued): Promise<Result> {
    const { run, arrivedAt } = queued
    const begunAt = performance.now()
    const queueMs = begunAt - arrivedAt
    if (queueMs >= run.deadlineMs) {
      throw new LaneError('DeadlinePassed', `its ${Math.round(run.deadlineMs)} ms had passed before it began`)
    }
    // It may have been loaded since.
    queued.held ??= this.#models.enter(run.model)
    const { held } = queued
    if (held === undefined)
      throw new LaneError('ModelNotLoaded', `model ${run.model} is not loaded in this lane`)
    if (this.#models.busy) this.#options.post({ kind: 'begin', id: run.id }, [])
    const { turn } = this.#options
    const active = new ActiveRun({ run, arrivedAt, turn, say: part => this.say(part) })
    this.#active = active
    const { tensors, inputs, json, timing } = await held.loaded.run(run, active)
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
