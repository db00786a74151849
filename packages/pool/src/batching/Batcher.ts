// What makes one run of several requests to a model and several answers of one: each answer is what the request
// would have had alone. An interface; it knows neither queues nor lanes.

import type { RunResult } from '@shoal/browser-bridge'
import type { Work } from '../Work.ts'
import type { Fit } from './Fit.ts'

export interface Batcher {
  /** undefined where the request goes by itself. */
  fit(work: Work): Fit | undefined
  /** Work of one bucket as one. */
  join(works: readonly Work[]): Work
  /** The answer of joined work as the answers of its parts. Throws where it does not have their rows. */
  part(result: RunResult, works: readonly Work[]): readonly RunResult[]
}

/** A batcher, or why there can be none for such a model. */
export type BatcherChoice = Batcher | { readonly refused: string }
