// Looks at the pool for the scaler. Counts are taken at each look; memory and processors, which cost more to read, every
// few seconds beside it, so that no look ever waits.

import type { Traffic } from '../Traffic.ts'
import type { ReadResources } from './machineResources.ts'
import type { Resources, Sample } from './Sample.ts'
import { StartUps } from './StartUps.ts'

export interface SamplerOptions {
  readonly now: () => number
  readonly traffic: Traffic
  readonly requests: () => { readonly waiting: number; readonly running: number }
  /** Connections that are up or on their way, that are up, and that hold what they are to serve. */
  readonly connections: () => { readonly started: number; readonly ready: number; readonly serving: number }
  /** Processes that the browsers' trees stand on. */
  readonly browserPids: () => readonly number[]
  readonly resources: ReadResources
}

/** Between two readings of the machine, in milliseconds. */
const readingMs = 3_000

export class Sampler {
  readonly #options: SamplerOptions
  readonly #startUps = new StartUps()
  #resources: Resources | undefined
  #readAt: number | undefined

  constructor(options: SamplerOptions) {
    this.#options = options
  }

  /** The latest reading of the machine, and when it was begun; undefined before the first. */
  get machine(): { readonly resources: Resources; readonly at: number } | undefined {
    return this.#resources && { resources: this.#resources, at: this.#readAt ?? 0 }
  }

  sample(): Sample {
    const { now, traffic, requests, connections } = this.#options
    const at = now()
    const { started, ready, serving } = connections()
    const { waiting, running } = requests()
    this.#startUps.observe(at, started, serving)
    if (this.#readAt === undefined || at - this.#readAt >= readingMs) {
      this.#readAt = at
      void this.#read()
    }
    return {
      at,
      waiting,
      running,
      ready,
      started,
      startUpMs: this.#startUps.meanMs,
      resources: this.#resources,
      ...traffic.take(at),
    }
  }

  async #read(): Promise<void> {
    this.#resources = (await this.#options.resources(this.#options.browserPids())) ?? this.#resources
  }
}
