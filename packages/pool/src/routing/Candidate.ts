// A lane that holds the model, as routing sees it. Data only.

import type { Backend, Trust } from '@shoal/browser-bridge'
import type { Standing } from '../health/Standing.ts'

export interface Candidate {
  readonly lane: string
  readonly connection: string
  /** The kind of browser, or the device. */
  readonly browser: string
  readonly backend: Backend
  readonly trust: Trust
  /** Places free before its depth is used up. */
  readonly credits: number
  /** Requests of this very model on it now. */
  readonly pending: number
  /** Expected milliseconds of the work already on it, loads of other models included. */
  readonly aheadMs: number
  /**
   * Measured mean service time on this kind of lane, given what would run beside it, of the run that would leave now: of
   * this request, or of all that go with it where the model is batched.
   */
  readonly serviceMs: number | undefined
  /** Answers that `serviceMs` rests on. */
  readonly samples: number
  /** What the first run on a lane of this kind took, where the model has not run on this lane yet; if measured. */
  readonly coldMs: number | undefined
  /** 0 is tried first; from the preference table. It counts until the lane is measured. */
  readonly preference: number
  /** The same in words. */
  readonly preferred?: string
  /** Runs on a software WebGPU adapter: right, but never fast. */
  readonly software: boolean
  /** What health says of it. */
  readonly standing: Standing
  /** Since it was last given anything, in milliseconds. */
  readonly idleMs: number
  /** It takes work only where the others cannot: they are lost, unwell or full. */
  readonly isSpare: boolean
}
