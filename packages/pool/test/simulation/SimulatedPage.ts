// A page that is not there: what it says of itself, and what came of it. Times, failures and deaths come from a seed; answers
// can be told right from wrong by what was asked. For the pool's rules, never for its figures.

import {
  type Backend,
  type Capabilities,
  ConnectionLost,
  type Lane,
  LaneLost,
  type LiveConnection,
} from '@shoal/browser-bridge'
import { type LaneOptions, type LanePage, type LaneTrouble, SimulatedLane } from './SimulatedLane.ts'

export interface SimulatedPageOptions extends LaneOptions {
  readonly id: string
  readonly browser: string
}

const capabilities: Capabilities = {
  isolated: true,
  cores: 2,
  threads: 2,
  wasm: { simd: true, threads: true },
  webnn: { cpu: false, gpu: false, npu: false },
  reasons: {},
}

export class SimulatedPage implements LiveConnection, LanePage {
  readonly id: string
  readonly browser
  readonly trust = 'own' as const
  readonly capabilities: Capabilities
  readonly lost: Promise<string>
  /** Answers that its lanes gave, by the number that they carry: what the callers' record is held against. */
  readonly answered: number[] = []
  /** Of each of them, the model that it was answered with, as the lane knows it. */
  readonly answeredWith = new Map<number, string>()
  /** By number: how often a lane here ended at work on it. */
  readonly deathsAt = new Map<number, number>()
  /** Answers that shared their run with others. */
  together = 0
  /** Each run on it fails. */
  isFailing = false
  slowness = 1
  readonly serial: number
  #options: SimulatedPageOptions
  /** The most models that it held at once, those that were loading included. */
  mostModels = 0
  loads = 0
  /** Runs of models that were not loaded: the pool must not give any. */
  strayRuns = 0
  #lanes: SimulatedLane[] = []
  #markLost: (reason: string) => void = () => {}
  #isLost = false

  /** @param serial of all pages that there ever were */
  constructor(options: SimulatedPageOptions, serial = 0) {
    this.#options = options
    this.serial = serial
    this.id = options.id
    this.capabilities = options.npu
      ? { ...capabilities, webnn: { ...capabilities.webnn, npu: true } }
      : capabilities
    this.browser = { name: options.browser, version: '1', userAgent: 'simulated' }
    this.lost = new Promise(resolve => {
      this.#markLost = resolve
    })
  }

  get options(): SimulatedPageOptions {
    return this.#options
  }

  set trouble(trouble: LaneTrouble) {
    this.#options = { ...this.#options, trouble }
  }

  get lanes(): readonly SimulatedLane[] {
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

  strayed(): void {
    this.strayRuns++
  }

  answers(asked: readonly number[], key: string): void {
    if (asked.length > 1) this.together += asked.length
    for (const number of asked) {
      this.answered.push(number)
      this.answeredWith.set(number, key)
    }
  }

  diedAt(asked: readonly number[]): void {
    for (const number of asked) this.deathsAt.set(number, (this.deathsAt.get(number) ?? 0) + 1)
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
