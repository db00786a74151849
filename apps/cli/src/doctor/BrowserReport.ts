// What `shoal doctor` says of one browser held in one way. Plain data: it is printed as JSON as it stands.

import type { Adapter, Backend, BrowserKind, Capabilities, Way } from '@shoal/browser-bridge'

export const backends: readonly Backend[] = ['wasm', 'webgpu', 'webnn-cpu', 'webnn-gpu', 'webnn-npu']

/** What came of it when a lane was opened on the back-end, which runs a small graph in the real engine. */
export type BackendReport =
  | {
      readonly ran: true
      /** Threads that the engine really used. */
      readonly threads: number
      readonly adapter?: Adapter
    }
  | { readonly ran: false; readonly reason: string }

export interface Tried {
  readonly kind: BrowserKind
  readonly version: string
  /** The executable, or the endpoint without what may be secret in it. */
  readonly found: string
  /** How it was found: `environment`, `path`, `playwright`, `endpoint`. */
  readonly source: string
  readonly channel: string
  /** An extra: its absence is nothing to mend. */
  readonly optional: boolean
  readonly advice: readonly string[]
}

export type BrowserReport =
  | (Tried & {
      readonly state: 'works'
      readonly way: Way
      readonly headless: boolean
      readonly sandbox: 'on' | 'off' | 'not known'
      /** From the start of its process, or the first call to its endpoint, until its page had probed and dialled back. */
      readonly readyMs: number
      readonly isolated: boolean
      /** Threads that a WASM lane really used. */
      readonly threads: number
      readonly backends: Readonly<Record<Backend, BackendReport>>
      /** Proportional memory of all of its processes with one page and the lanes that were opened, in bytes. */
      readonly memoryBytes: number | undefined
      /** What no recorded run stands for. */
      readonly unverified: readonly string[]
      readonly warnings: readonly string[]
      readonly capabilities: Capabilities
    })
  | (Tried & { readonly state: 'failed'; readonly way: Way; readonly error: string })
  | (Tried & { readonly state: 'not installed' })
