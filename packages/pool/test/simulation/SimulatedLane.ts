// A lane that is not there: it takes simulated time, at one thing after the other as a real one is, loads included. How long
// that takes, what fails and what it says are its page's options. It answers with what it was asked.

import {
  type AnswerPart,
  type Backend,
  ConnectionLost,
  DeadlineExceeded,
  type Lane,
  LaneHung,
  LaneLost,
  type LaneStream,
  type Loaded,
  RemoteFailed,
  RequestCancelled,
  type RunOptions,
  type RunRequest,
  type RunResult,
} from '@shoal/browser-bridge'
import type { Chance } from './Chance.ts'
import { SimulatedParts } from './SimulatedParts.ts'

/** What may go wrong in a lane, as chances for each run. */
export interface LaneTrouble {
  readonly failure: number
  readonly hang: number
  /** Of each load: it kills the page. Default 0. */
  readonly loadDeath?: number
}

/** What is behind a page's WebNN. */
export interface SimulatedNpu {
  /** How many times as long as elsewhere a run takes there. */
  readonly slowness: number
  /** A load there ends its lane. */
  readonly endsLanes: boolean
}

export interface LaneOptions {
  readonly chance: Chance
  /** Milliseconds of a run, before what runs beside it. */
  readonly serviceMs: number
  /** How many times as long a model takes, by its name in the lane. Default: all take the same. */
  readonly paceOf?: (key: string) => number
  /** Hears which lane was given a run, before that begins. */
  readonly onGiven?: (lane: string) => void
  readonly trouble: LaneTrouble
  /** The value in the request that kills the page that works on it. */
  readonly poison: number
  /** Default: none. */
  readonly npu?: SimulatedNpu
}

/** What the lane knows of the page that it is in, and tells it. */
export interface LanePage {
  readonly id: string
  readonly options: LaneOptions
  readonly isFailing: boolean
  readonly slowness: number
  readonly isLost: boolean
  /** Of all pages that there ever were. */
  readonly serial: number
  /** A load begins. */
  loading(): void
  forget(lane: SimulatedLane): void
  die(reason: string): void
  /** A run of a model that is not there. */
  strayed(): void
  answers(asked: readonly number[], key: string): void
  /** It was at these when it ended. */
  diedAt(asked: readonly number[]): void
}

type End = LaneLost | LaneHung

interface Run {
  readonly _tag: 'run'
  readonly key: string
  readonly request: RunRequest
  readonly options: RunOptions
  readonly arrivedAt: number
  readonly settled: PromiseWithResolvers<RunResult>
  readonly parts: SimulatedParts | undefined
}

interface Load {
  readonly _tag: 'load'
  readonly settled: PromiseWithResolvers<void>
}

/** A lane that has been at one run for so long past its deadline is taken for hung. */
const hungAfterMs = 500

/** What each further row of a run takes beside the first. */
const rowShare = 0.3

/** The numbers that a request carries, one in a row, and that its answer must carry back. */
export const askedOf = ({ tensors }: RunRequest): number[] => Array.from(tensors[0]?.data ?? [], Number)

/** Parts of the answer to a request that is answered in parts. */
export const partsOf = (asked: number): number => 1 + (asked % 5)

/** Whether each page answers it in other words. */
export const isUnsteady = (asked: number): boolean => asked % 3 === 0

export class SimulatedLane implements Lane {
  readonly id: string
  readonly backend: Backend
  readonly threads = 1
  readonly depth = 2
  readonly models = new Set<string>()
  readonly lost: Promise<End>
  readonly loading = new Set<string>()
  readonly #page: LanePage
  /** It is at the first of them. */
  readonly #held: (Run | Load)[] = []
  #idleSince = performance.now()
  #work: ReturnType<typeof setTimeout> | undefined
  #end: End | undefined
  #markLost: (end: End) => void = () => {}

  constructor(id: string, backend: Backend, page: LanePage) {
    this.id = id
    this.backend = backend
    this.#page = page
    this.lost = new Promise(resolve => {
      this.#markLost = resolve
    })
  }

  get #npu() {
    return this.backend === 'webnn-npu' ? this.#page.options.npu : undefined
  }

  get inFlight(): number {
    return this.#held.length
  }

  /** For how long it has had nothing to do. */
  get idleMs(): number {
    return this.#held.length === 0 ? performance.now() - this.#idleSince : 0
  }

  async load(model: { readonly key: string }): Promise<Loaded> {
    if (this.#end) throw this.#end
    this.loading.add(model.key)
    this.#page.loading()
    const load: Load = { _tag: 'load', settled: Promise.withResolvers() }
    this.#take(load)
    await load.settled.promise.finally(() => this.loading.delete(model.key))
    this.models.add(model.key)
    const [inputs, outputs] = ['x', 'y'].map(name => [
      { name, dtype: 'float32', dims: ['batch', 1] } as const,
    ])
    return { timing: { queueMs: 0, fetchMs: 1, createMs: 1 }, inputs: inputs ?? [], outputs: outputs ?? [] }
  }

  async unload(key: string): Promise<void> {
    this.models.delete(key)
  }

  run(key: string, request: RunRequest, options: RunOptions): Promise<RunResult> {
    return this.#run(key, request, options, undefined)
  }

  stream(key: string, request: RunRequest, options: RunOptions): LaneStream {
    const parts = new SimulatedParts()
    const left = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal
    const result = this.#run(key, request, { ...options, signal }, parts)
    result.then(
      () => parts.end(undefined),
      (error: unknown) => parts.end(error),
    )
    return { result, [Symbol.asyncIterator]: () => parts.read(() => left.abort()) }
  }

  close(): void {
    this.end(new LaneLost({ lane: this.id, reason: 'it was closed' }), 'it was closed')
  }

  end(end: End, reason: string): void {
    if (this.#end) return
    this.#end = end
    clearTimeout(this.#work)
    this.#page.forget(this)
    const [work] = this.#held
    if (work?._tag === 'run') this.#page.diedAt(askedOf(work.request))
    for (const [at, { settled }] of this.#held.splice(0).entries())
      settled.reject(this.#lossOf(end, reason, at === 0))
    this.#markLost(end)
  }

  #run(
    key: string,
    request: RunRequest,
    options: RunOptions,
    parts: SimulatedParts | undefined,
  ): Promise<RunResult> {
    if (this.#end) return Promise.reject(this.#lossOf(this.#end, 'it is gone', false))
    if (!this.models.has(key)) this.#page.strayed()
    const arrivedAt = performance.now()
    const settled = Promise.withResolvers<RunResult>()
    const run: Run = { _tag: 'run', key, request, options, arrivedAt, settled, parts }
    options.signal?.addEventListener('abort', () => this.#cancel(run), { once: true })
    this.#page.options.onGiven?.(this.id)
    this.#take(run)
    return run.settled.promise
  }

  #take(work: Run | Load): void {
    this.#held.push(work)
    if (this.#held.length === 1) this.#begin()
  }

  /** What one of those on it ends with. */
  #lossOf(end: End, reason: string, begun: boolean): ConnectionLost | LaneLost | LaneHung {
    if (this.#page.isLost) return new ConnectionLost({ connection: this.#page.id, reason, begun })
    return end instanceof LaneLost ? new LaneLost({ ...end, begun }) : new LaneHung({ ...end, begun })
  }

  /** Waiting work is dropped; what is at work goes on to its end in the lane, unheard. */
  #cancel(run: Run): void {
    const at = this.#held.indexOf(run)
    if (at === -1) return
    run.settled.reject(new RequestCancelled({ lane: this.id }))
    if (at > 0) this.#held.splice(at, 1)
  }

  #begin(): void {
    const [work] = this.#held
    if (work === undefined) this.#idleSince = performance.now()
    if (work?._tag === 'load') this.#beginLoad(work)
    else if (work) this.#beginRun(work)
  }

  #beginLoad({ settled }: Load): void {
    const { chance, trouble } = this.#page.options
    const dies = chance.is(trouble.loadDeath ?? 0)
    this.#work = setTimeout(
      () => {
        if (dies) this.#page.die('a load killed it')
        if (this.#npu?.endsLanes) this.end(new LaneLost({ lane: this.id, reason: 'its NPU' }), 'its NPU')
        if (this.#end) return
        this.#held.shift()
        if (chance.is(0.02))
          settled.reject(
            new RemoteFailed({
              lane: this.id,
              code: 'OutOfMemory',
              reason: 'simulated',
              mayRunAgain: true,
            }),
          )
        else settled.resolve()
        this.#begin()
      },
      chance.between(50, 400),
    )
  }

  #beginRun(run: Run): void {
    const { chance, serviceMs, poison, paceOf, trouble } = this.#page.options
    const asked = askedOf(run.request)
    if (asked.includes(poison)) {
      this.#work = setTimeout(() => this.#page.die('a request killed it'), 5)
      return
    }
    if (chance.is(trouble.hang)) {
      const limitMs = run.options.deadlineMs
      const afterMs = limitMs + hungAfterMs
      this.#work = setTimeout(
        () => this.end(new LaneHung({ lane: this.id, afterMs, limit: 'deadline', limitMs }), 'it hung'),
        afterMs,
      )
      return
    }
    const fails = chance.is(trouble.failure) || this.#page.isFailing
    const pace = (paceOf?.(run.key) ?? 1) * (1 + rowShare * (asked.length - 1))
    const ms = (5 + chance.after(serviceMs)) * pace * this.#page.slowness * (this.#npu?.slowness ?? 1)
    if (run.parts && !fails) this.#tellParts(run, run.parts, ms)
    else this.#work = setTimeout(() => this.#finish(run, fails, ms), ms)
  }

  /** One after the other, evenly over the time that the answer takes. */
  #tellParts(run: Run, parts: SimulatedParts, ms: number): void {
    const [asked = 0] = askedOf(run.request)
    const count = partsOf(asked)
    const tell = (at: number): void => {
      const by = isUnsteady(asked) ? this.#page.serial : 0
      parts.put({ json: { asked, at, by }, tensors: [] } satisfies AnswerPart)
      next(at + 1)
    }
    const next = (at: number): void => {
      this.#work =
        at < count
          ? setTimeout(() => tell(at), ms / (count + 1))
          : setTimeout(() => this.#finish(run, false, ms), ms / (count + 1))
    }
    next(0)
  }

  #finish({ key, request, options, arrivedAt, settled }: Run, fails: boolean, computeMs: number): void {
    this.#held.shift()
    if (fails) {
      settled.reject(
        new RemoteFailed({ lane: this.id, code: 'EngineFailed', reason: 'simulated', mayRunAgain: true }),
      )
    } else if (computeMs > options.deadlineMs) {
      settled.reject(new DeadlineExceeded({ deadlineMs: options.deadlineMs, lane: this.id }))
    } else {
      const asked = askedOf(request)
      this.#page.answers(asked, key)
      const data = Float32Array.from(asked)
      const queueMs = performance.now() - arrivedAt - computeMs
      settled.resolve({
        timing: { queueMs, preprocessMs: 0, computeMs, postprocessMs: 0 },
        outputs: [{ name: 'y', dtype: 'float32', dims: [asked.length, 1], data }],
        inputs: [],
      })
    }
    this.#begin()
  }
}
