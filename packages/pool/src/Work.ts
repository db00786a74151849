// What an accepted request carries to its lane: made once, at the door.

import type { RunOptions, RunRequest } from '@shoal/browser-bridge'
import type { Fit } from './batching/Fit.ts'
import type { ReplayedStream } from './streaming/ReplayedStream.ts'

export interface Work {
  readonly request: RunRequest
  readonly options: Pick<RunOptions, 'outputs' | 'returnInputs'>
  /** How it may go with others; absent where it goes by itself. */
  readonly fit?: Fit | undefined
  /** Where its answer's parts go; absent where it is wanted whole. */
  readonly stream?: ReplayedStream
}
