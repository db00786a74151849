// What happens during a load, for whoever watches and for the report: a live line, and what changes, with its time.

import type { ResourcePool } from '@shoal/pool'
import type { Progress } from '../output/Progress.ts'
import type { StruckFault } from './report.ts'
import type { StressRecord } from './StressRecord.ts'

/** Time between two looks, in milliseconds. */
const paceMs = 200

export class Watch {
  readonly faults: StruckFault[] = []
  readonly connections: { at: number; count: number }[] = []
  readonly restarts: { at: number; count: number }[] = []
  hostBytes = 0
  readonly #timer: NodeJS.Timeout
  readonly #look: () => void
  readonly #progress: Progress

  constructor(pool: ResourcePool, record: StressRecord, progress: Progress, elapsed: () => number) {
    this.#progress = progress
    this.#look = () => {
      const { requests, connections, restarts } = pool.metrics()
      const restarted = restarts.browsers + restarts.connections
      if (this.restarts.at(-1)?.count !== restarted) this.restarts.push({ at: elapsed(), count: restarted })
      if (this.connections.at(-1)?.count !== connections)
        this.connections.push({ at: elapsed(), count: connections })
      this.hostBytes = Math.max(this.hostBytes, process.memoryUsage.rss())
      progress.show(
        `${(elapsed() / 1000).toFixed(0)} s · ${record.count('answered')} answered · ${record.count('failed')} failed · ${requests.running} running · ${requests.waiting} waiting · ${connections} connections · ${this.faults.length} faults`,
      )
    }
    this.#look()
    this.#timer = setInterval(this.#look, paceMs)
  }

  struck(fault: StruckFault): void {
    this.faults.push(fault)
    const held = fault.inFlight === undefined ? '' : ` with ${fault.inFlight} requests in flight`
    this.#progress.say(`${(fault.at / 1000).toFixed(1)} s: ${fault.fault} ${fault.where}${held}`)
  }

  end(): void {
    clearInterval(this.#timer)
    this.#look()
    this.#progress.end()
  }
}
