// A running browser and its pages, as the rest of the host sees them. Not how it is started or driven: launch.ts
// makes one, and any other way in (a remote endpoint, somebody's device) gives the same shape.
import type { Effect } from 'effect'
import type { PageFailed } from '../../errors.ts'
import type { BrowserKind } from './discover.ts'
import type { ProcessTree } from './processTree.ts'

export interface ExitDetail {
  /** `closed` when somebody asked for it, `crashed` otherwise. */
  readonly reason: 'closed' | 'crashed'
  readonly detail: string
}

export interface PageEnd {
  /** `browserGone` when it went with its whole browser. */
  readonly reason: 'closed' | 'crashed' | 'browserGone'
  readonly detail: string
}

export interface PageHandle {
  readonly id: string
  /** Loads the page's own address again. */
  reload(): Effect.Effect<void, PageFailed>
  /** Closes the page; never fails, and gives up on a page that does not listen after a time limit. */
  close(): Effect.Effect<void>
  /** Resolves once the page is gone: by `close`, by its own crash, or with its browser. */
  readonly ended: Promise<PageEnd>
}

export interface Browser {
  readonly kind: BrowserKind
  readonly version: string
  /** The browser's main process: ending it ends the browser. */
  readonly pid: number
  /** Its temporary profile's folder. */
  readonly profile: string
  /** Opens a page at `url`. The address goes through the driver, never through the process's arguments. */
  openPage(url: string): Effect.Effect<PageHandle, PageFailed>
  /** Resolves as soon as the browser is gone, however it went. */
  readonly exited: Promise<ExitDetail>
  /** One reading of its processes and of the memory that they share out. */
  tree(): Promise<ProcessTree>
  /** Ends the whole process tree and removes the profile. Idempotent; returns when both are gone. */
  close(): Effect.Effect<void>
}
