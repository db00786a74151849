// One model loaded on one lane, ready for work. What the dispatcher gives requests to; the model's actor adds it and
// takes it away.

import type { Lane, Trust } from '@shoal/browser-bridge'
import type { ModelBatching } from './batching/batchingOf.ts'
import type { BrowserName } from './fleet/Fleet.ts'

export interface Replica {
  readonly model: string
  readonly modelKey: string
  readonly lane: Lane
  readonly connection: string
  readonly browser: BrowserName
  readonly trust: Trust
  /** Rank in the preference table, 0 first. */
  readonly preference: number
  /** The same in words. */
  readonly preferred?: string
  /** It has run there already, to warm up. */
  readonly warm?: boolean
  /** How its requests are put together; absent where each goes by itself. */
  readonly batching?: ModelBatching | undefined
}
