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

/** What was read, and when and beside how many connections that was begun. */
interface Reading {
  readonly resources: Resources
  readonly at: number
  readonly atReading: NonNullable<Sample['atReading']>
}

/** Between two readings of the machine, in milliseconds. */
const readingMs = 3_000

export class Sampler {
  readonly #options: SamplerOptions
  readonly #startUps = new StartUps()
  #reading: Reading | undefined
  #begunAt: number | undefined

  constructor(options: SamplerOptions) {
    this.#options = options
  }

  /** The latest reading of the machine, and when it was begun; undefined before the first. */
  get machine(): Pick<Reading, 'resources' | 'at'> | undefined {
    return this.#reading
  }

  sample(): Sample {
    const { now, traffic, requests, connections } = this.#options
    const at = now()
    const { started, ready, serving } = connections()
    const { waiting, running } = requests()
    this.#startUps.observe(at, started, serving)
    if (this.#begunAt === undefined || at - this.#begunAt >= readingMs) {
      this.#begunAt = at
      void this.#read(at, { started, ready })
    }
    return {
      at,
      waiting,
      running,
      ready,
      started,
      startUpMs: this.#startUps.meanMs,
      resources: this.#reading?.resources,
      ...(this.#reading && { atReading: this.#reading.atReading }),
      ...traffic.take(at),
    }
  }

  /** Where it cannot be read, the last reading stands; as it does where it was begun later, since readings may overlap. */
  async #read(at: number, atReading: Reading['atReading']): Promise<void> {
    const { resources, browserPids } = this.#options
    const read = await resources(browserPids()).catch(() => undefined)
    const isLatest = this.#reading === undefined || at >= this.#reading.at
    if (read !== undefined && isLatest) this.#reading = { resources: read, at, atReading }
  }
}
