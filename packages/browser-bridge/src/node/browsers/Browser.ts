// A running browser and its pages, as the rest of the host sees them. Not how it is started or driven: launch.ts and
// connect.ts make one each, and both give this shape.
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

/**
 * How a browser is held. `playwright`: launched here and driven. `plain`: launched here with nothing that drives it.
 * `cdp` and `playwright-server`: somebody else's, held over an endpoint.
 */
export type Way = 'playwright' | 'plain' | 'cdp' | 'playwright-server'

export interface Browser {
  readonly kind: BrowserKind
  readonly version: string
  readonly way: Way
  /** What a person should know of how it was started; empty where all is as it should be. */
  readonly warnings: readonly string[]
  /** The main process now: ending it ends the browser. Undefined where it runs behind an endpoint. */
  readonly pid: number | undefined
  /** Its temporary profile's folder; undefined where it runs behind an endpoint. */
  readonly profile: string | undefined
  /** Opens a page at `url`. The address never goes through a process's arguments. */
  openPage(url: string): Effect.Effect<PageHandle, PageFailed>
  /** Resolves as soon as the browser is gone, however it went. */
  readonly exited: Promise<ExitDetail>
  /** One reading of its processes and of the memory that they share out; empty behind an endpoint. */
  tree(): Promise<ProcessTree>
  /**
   * Launched here: ends the whole process tree and removes the profile. Behind an endpoint: closes the pages that were
   * opened and hangs up; the browser is left as it was. Idempotent; returns when that is done.
   */
  close(): Effect.Effect<void>
}
