// What one policy did with one trace on real browsers. Data only.

import type { SizeChange } from './browserSeconds.ts'

export interface RealRun {
  readonly trace: string
  /** All policies of a block have the same arrivals, one after the other. */
  readonly block: number
  readonly family: string
  readonly knobs: string
  readonly requests: readonly RealRequest[]
  readonly sizes: readonly SizeChange[]
  readonly browserSeconds: number
  readonly reversals: number
  readonly startUps: readonly StartUp[]
}

export interface RealRequest {
  /** When it should have been asked, in milliseconds from the trace's start. */
  readonly at: number
  /** Milliseconds from then until it had a lane to itself. */
  readonly waitMs: number
  /** From then until it was answered. */
  readonly serviceMs: number
  /** Lanes that were busy when it ended, its own included. */
  readonly busy: number
  /** Connections that were on their way when it ended. */
  readonly starting: number
  /** Its lane was at another when it was given to it, so that its way there costs nothing. */
  readonly isBehind: boolean
}

export interface StartUp {
  /** It was the so-manieth connection: the second is a browser, the third a page of one that runs. */
  readonly nth: number
  /** Milliseconds from the step until it held the model. */
  readonly ms: number
}
