// Checks what devices answer: a share of it is computed again on a lane of the pool's own, and a device that disagrees
// is quarantined. The caller has its answer by then; a check delays nobody, and finds out who is not to be trusted.

import type { RunResult } from '@shoal/browser-bridge'
import type { Replica } from '../Replica.ts'
import type { Work } from '../Work.ts'
import { type Agreement, agreementOf, precisionFor } from './agreement.ts'

/** Share of a device's answers that is computed again. */
const checkedShare = 0.05

/** A device's first answers are all checked. */
const checkedFirst = 3

/** Devices of which it is remembered how many answers they gave; one that is forgotten is checked as if it were new. */
const devicesKept = 1000

/** Whether a device's answer should be computed again, by how many it has given before. Even, so that none escapes. */
export function isChecked(answeredBefore: number): boolean {
  if (answeredBefore < checkedFirst) return true
  return Math.floor((answeredBefore + 1) * checkedShare) > Math.floor(answeredBefore * checkedShare)
}

export interface SpotCheckCounts {
  readonly checked: number
  readonly agreed: number
  readonly differed: number
  /**
   * For which no lane of the pool's own held the model, whose check failed, or which cannot be judged: words, labels and boxes,
   * of which two right answers may differ.
   */
  readonly skipped: number
}

/** A device that was sent home for an answer that an own lane does not give; it is not let in again. */
export interface Quarantine {
  readonly device: string
  readonly reason: string
}

export interface SpotChecksOptions {
  readonly replicasOf: (model: string) => readonly Replica[]
  readonly load: () => ReadonlyMap<string, number>
  readonly dtypeOf: (model: string) => 'fp32' | 'fp16' | 'q8'
  /** A lane of the pool's own is at a check until that ends: the model stays there for so long. */
  readonly onRun?: (own: Replica, end: Promise<unknown>) => void
  /** A device gave an answer that an own lane does not. */
  readonly quarantine: (connection: string, reason: string) => void
  /** Of a check, in milliseconds. */
  readonly deadlineMs: number
}

export class SpotChecks {
  readonly #options: SpotChecksOptions
  /** The latest to answer is the last. */
  readonly #answered = new Map<string, number>()
  /** Models whose answers on an own lane were no tensors. What a device says does not decide it: it could say so of any. */
  readonly #unjudged = new Set<string>()
  #counts: SpotCheckCounts = { checked: 0, agreed: 0, differed: 0, skipped: 0 }

  constructor(options: SpotChecksOptions) {
    this.#options = options
  }

  counts(): SpotCheckCounts {
    return this.#counts
  }

  /** A device answered. Resolves when the check that this may have led to is over; never rejects. */
  async answered(replica: Replica, work: Work, result: RunResult): Promise<void> {
    const { connection } = replica
    // What is read as it grows is made with chance in it.
    if (work.stream !== undefined) return
    if (!isChecked(this.#answeredBefore(connection))) return
    const own = this.#unjudged.has(replica.model) ? undefined : this.#ownReplica(replica.model)
    const agreement = own && (await this.#check(own, replica, work, result))
    if (agreement === undefined || agreement._tag === 'unjudged') {
      this.#count('skipped')
      return
    }
    this.#count('checked')
    this.#count(agreement._tag === 'agrees' ? 'agreed' : 'differed')
    if (agreement._tag === 'agrees') return
    this.#options.quarantine(connection, agreement.reason)
  }

  /** The model is gone for good. */
  forget(model: string): void {
    this.#unjudged.delete(model)
  }

  /** Counts one more. */
  #answeredBefore(connection: string): number {
    const before = this.#answered.get(connection) ?? 0
    this.#answered.delete(connection)
    this.#answered.set(connection, before + 1)
    const [oldest] = this.#answered.keys()
    if (this.#answered.size > devicesKept && oldest !== undefined) this.#answered.delete(oldest)
    return before
  }

  #ownReplica(model: string): Replica | undefined {
    const load = this.#options.load()
    return this.#options
      .replicasOf(model)
      .filter(({ trust }) => trust === 'own')
      .sort((a, b) => (load.get(a.lane.id) ?? 0) - (load.get(b.lane.id) ?? 0))[0]
  }

  async #check(own: Replica, other: Replica, work: Work, found: RunResult): Promise<Agreement | undefined> {
    const { deadlineMs, dtypeOf } = this.#options
    try {
      const running = own.lane.run(own.modelKey, work.request, { ...work.options, deadlineMs })
      this.#options.onRun?.(own, running)
      const expected = await running
      if (expected.outputs.length === 0) this.#unjudged.add(own.model)
      const precision = precisionFor(dtypeOf(own.model), own.lane.backend, other.lane.backend)
      return agreementOf(expected, found, precision)
    } catch {
      // The own lane died or was busy for too long: nothing was learnt of the device.
      return undefined
    }
  }

  #count(what: keyof SpotCheckCounts): void {
    this.#counts = { ...this.#counts, [what]: this.#counts[what] + 1 }
  }
}
