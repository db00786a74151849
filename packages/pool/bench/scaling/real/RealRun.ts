// What one policy did with one trace on real browsers. Data only.

import type { SizeChange } from './browserSeconds.ts'

export interface RealRun {
  readonly trace: string
  readonly family: string
  readonly knobs: string
  readonly requests: readonly RealRequest[]
  readonly sizes: readonly SizeChange[]
  readonly browserSeconds: number
  readonly reversals: number
  /** Mean of what was measured; undefined where none was started. */
  readonly startUpMs: number | undefined
}

export interface RealRequest {
  /** Milliseconds from when it should have been asked until it had a lane to itself. */
  readonly waitMs: number
  /** From then until it was answered. */
  readonly serviceMs: number
  /** Lanes that were busy when it ended, its own included. */
  readonly busy: number
}
