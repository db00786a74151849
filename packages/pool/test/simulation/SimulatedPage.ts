// A page that is not there: what it says of itself, and lanes that take simulated time. Times, failures and deaths come
// from a seed; answers can be told right from wrong by what was asked. For the pool's rules, never for its figures.

import {
  type Backend,
  type Capabilities,
  ConnectionLost,
  DeadlineExceeded,
  type Lane,
  LaneHung,
  LaneLost,
  type LaneStream,
  type LiveConnection,
  type Loaded,
  RemoteFailed,
  RequestCancelled,
  type RunOptions,
  type RunRequest,
  type RunResult,
} from '@shoal/browser-bridge'
import type { Chance } from './Chance.ts'

/** What may go wrong in a lane, as chances for each run. */
export interface LaneTrouble {
  readonly failure: number
  readonly hang: number
}

/** What is behind a page's WebNN. */
export interface SimulatedNpu {
  /** How many times as long as elsewhere a run takes there. */
  readonly slowness: number
  /** A load there ends its lane. */
  readonly endsLanes: boolean
}

export interface SimulatedPageOptions {
  readonly id: string
  readonly browser: string
  readonly chance: Chance
  /** Milliseconds of a run, before what runs beside it. */
  readonly serviceMs: number
  readonly trouble: LaneTrouble
  /** The value in the request that kills the page that works on it. */
  readonly poison: number
  /** Default: none. */
  readonly npu?: SimulatedNpu
}

const capabilities: Capabilities = {
  isolated: true,
  cores: 2,
  threads: 2,
  wasm: { simd: true, threads: true },
  webnn: { cpu: false, gpu: false, npu: false },
  reasons: {},
}

/** A lane that has been at one run for so long past its deadline is taken for hung. */
const hungAfterMs = 500

/** The number that a request carries, and that its answer must carry back. */
export const askedOf = ({ tensors }: RunRequest): number => Number(tensors[0]?.data[0])

export class SimulatedPage implements LiveConnection {
  readonly id: string
  readonly browser
  readonly trust = 'own' as const
  readonly capabilities: Capabilities
  readonly lost: Promise<string>
  /** Answers that its lanes gave, by the number that they carry: what the callers' record is held against. */
  readonly answered: number[] = []
  /** Of each of them, the model that it was answered with, as the lane knows it. */
  readonly answeredWith = new Map<number, string>()
  /** Each run on it fails. */
  isFailing = false
  readonly options: SimulatedPageOptions
  slowness = 1
  trouble: LaneTrouble
  /** The most models that it held at once, those that were loading included. */
  mostModels = 0
  loads = 0
  /** Runs of models that were not loaded: the pool must not give any. */
  strayRuns = 0
  #lanes: SimulatedLane[] = []
  #markLost: (reason: string) => void = () => {}
  #isLost = false

  constructor(options: SimulatedPageOptions) {
    this.options = options
    this.trouble = options.trouble
    this.id = options.id
    this.capabilities = options.npu
      ? { ...capabilities, webnn: { ...capabilities.webnn, npu: true } }
      : capabilities
    this.browser = { name: options.browser, version: '1', userAgent: 'simulated' }
    this.lost = new Promise(resolve => {
      this.#markLost = resolve
    })
  }

  get lanes(): readonly Lane[] {
    return this.#lanes
  }

  get isLost(): boolean {
    return this.#isLost
  }

  async openLane(backend: Backend): Promise<Lane> {
    if (this.#isLost) throw new ConnectionLost({ connection: this.id, reason: 'it is gone' })
    const lane = new SimulatedLane(`${this.id}/${this.#lanes.length + 1}`, backend, this)
    this.#lanes.push(lane)
    return lane
  }

  /** A load begins. */
  loading(): void {
    this.loads++
    const models = this.#lanes.reduce((sum, lane) => sum + lane.models.union(lane.loading).size, 0)
    this.mostModels = Math.max(this.mostModels, models)
  }

  forget(lane: SimulatedLane): void {
    this.#lanes = this.#lanes.filter(other => other !== lane)
  }

  /** It goes, with all that is on it. */
  die(reason: string): void {
    if (this.#isLost) return
    this.#isLost = true
    for (const lane of [...this.#lanes]) lane.end(new LaneLost({ lane: lane.id, reason }), reason)
    this.#markLost(reason)
  }
}

interface Held {
  readonly key: string
  readonly request: RunRequest
  readonly options: RunOptions
  readonly settled: PromiseWithResolvers<RunResult>
}

class SimulatedLane implements Lane {
  readonly id: string
  readonly backend: Backend
  readonly threads = 1
  readonly depth = 2
  readonly models = new Set<string>()
  readonly lost: Promise<LaneLost | LaneHung>
  readonly loading = new Set<string>()
  readonly #page: SimulatedPage
  readonly #held: Held[] = []
  #work: ReturnType<typeof setTimeout> | undefined
  #end: LaneLost | LaneHung | undefined
  #markLost: (end: LaneLost | LaneHung) => void = () => {}

  constructor(id: string, backend: Backend, page: SimulatedPage) {
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

  async load(model: { readonly key: string }): Promise<Loaded> {
    const { chance } = this.#page.options
    this.loading.add(model.key)
    this.#page.loading()
    await new Promise(resolve => setTimeout(resolve, chance.between(50, 400)))
    this.loading.delete(model.key)
    if (this.#npu?.endsLanes) this.end(new LaneLost({ lane: this.id, reason: 'its NPU' }), 'its NPU')
    if (this.#end) throw this.#end
    if (chance.is(0.02))
      throw new RemoteFailed({ lane: this.id, code: 'OutOfMemory', reason: 'simulated', mayRunAgain: true })
    this.models.add(model.key)
    return { timing: { queueMs: 0, fetchMs: 1, createMs: 1 }, inputs: [], outputs: [] }
  }

  async unload(key: string): Promise<void> {
    this.models.delete(key)
  }

  stream(): LaneStream {
    throw new Error('simulated lanes do not stream')
  }

  run(key: string, request: RunRequest, options: RunOptions): Promise<RunResult> {
    if (this.#end) return Promise.reject(this.#end)
    if (!this.models.has(key)) this.#page.strayRuns++
    const held: Held = { key, request, options, settled: Promise.withResolvers() }
    options.signal?.addEventListener('abort', () => this.#cancel(held), { once: true })
    this.#held.push(held)
    if (this.#held.length === 1) this.#begin()
    return held.settled.promise
  }

  close(): void {
    this.end(new LaneLost({ lane: this.id, reason: 'it was closed' }), 'it was closed')
  }

  end(end: LaneLost | LaneHung, reason: string): void {
    if (this.#end) return
    this.#end = end
    clearTimeout(this.#work)
    this.#page.forget(this)
    for (const [at, { settled }] of this.#held.splice(0).entries())
      settled.reject(this.#lossOf(end, reason, at === 0))
    this.#markLost(end)
  }

  /** What one of the runs on it ends with. */
  #lossOf(end: LaneLost | LaneHung, reason: string, begun: boolean): ConnectionLost | LaneLost | LaneHung {
    if (this.#page.isLost) return new ConnectionLost({ connection: this.#page.id, reason, begun })
    return end instanceof LaneLost ? new LaneLost({ ...end, begun }) : new LaneHung({ ...end, begun })
  }

  /** Waiting work is dropped; what is at work goes on to its end in the lane, unheard. */
  #cancel(held: Held): void {
    const at = this.#held.indexOf(held)
    if (at === -1) return
    held.settled.reject(new RequestCancelled({ lane: this.id }))
    if (at > 0) this.#held.splice(at, 1)
  }

  #begin(): void {
    const [held] = this.#held
    if (!held) return
    const { chance, serviceMs, poison } = this.#page.options
    const { trouble } = this.#page
    if (askedOf(held.request) === poison) {
      this.#work = setTimeout(() => this.#page.die('a request killed it'), 5)
      return
    }
    if (chance.is(trouble.hang)) {
      this.#work = setTimeout(() => {
        const limitMs = held.options.deadlineMs + hungAfterMs
        this.end(new LaneHung({ lane: this.id, afterMs: limitMs, limit: 'deadline', limitMs }), 'it hung')
      }, held.options.deadlineMs + hungAfterMs)
      return
    }
    const fails = chance.is(trouble.failure) || this.#page.isFailing
    const ms = (5 + chance.after(serviceMs)) * this.#page.slowness * (this.#npu?.slowness ?? 1)
    this.#work = setTimeout(() => this.#finish(held, fails, ms), ms)
  }

  #finish(held: Held, fails: boolean, computeMs: number): void {
    this.#held.shift()
    if (fails) {
      held.settled.reject(
        new RemoteFailed({ lane: this.id, code: 'EngineFailed', reason: 'simulated', mayRunAgain: true }),
      )
    } else if (computeMs > held.options.deadlineMs) {
      held.settled.reject(new DeadlineExceeded({ deadlineMs: held.options.deadlineMs, lane: this.id }))
    } else {
      const asked = askedOf(held.request)
      this.#page.answered.push(asked)
      this.#page.answeredWith.set(asked, held.key)
      held.settled.resolve({
        timing: { queueMs: 0, preprocessMs: 0, computeMs, postprocessMs: 0 },
        outputs: [{ name: 'y', dtype: 'float32', dims: [1, 1], data: Float32Array.of(asked) }],
        inputs: [],
      })
    }
    this.#begin()
  }
}
