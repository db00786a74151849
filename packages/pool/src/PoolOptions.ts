// What `ResourcePool.start` takes, and the same with every choice made. Nothing here is decoration: each option changes
// something that can be measured. The defaults are resolveOptions.ts's, what is refused at the door poolOptionsFault.ts's.

import type { BrowserChoice } from './fleet/browserSources.ts'
import type { JoinOptions } from './fleet/Devices.ts'
import type { RecycleRules } from './fleet/recycling.ts'
import type { BrowserPreferences } from './routing/preferences.ts'
import type { ScalingRules } from './scaling/ScalingPolicy.ts'

export interface PoolOptions {
  /** Connections (browser pages) kept at least. Default 1. */
  readonly minConnections?: number
  /** Connections at most. Default 4. */
  readonly maxConnections?: number
  /** Scale between the two by demand. `false`: always `maxConnections`. Default true. */
  readonly adaptiveScaling?: boolean
  /** When to scale, where the defaults do not suit: see `ScalingRules`. */
  readonly scaling?: Partial<ScalingRules>
  /**
   * Browsers that may be used. A kind: launched if it is found, with every default. `{ kind, channel, executablePath,
   * … }`: launched so, or refused. `{ connect, kind }`: one that runs already, behind a CDP or Playwright endpoint; its
   * pages must reach this host, so where it is on another machine set `host` to an address of this one.
   * Default: every kind found on this machine, WebKit left out.
   */
  readonly browsers?: readonly BrowserChoice[]
  /** When a page or a browser is drained and started anew, before it leaks too much: see `RecycleRules`. Default: never. */
  readonly recycle?: RecycleRules
  /**
   * What is believed of a type of model while nothing was measured: its browsers, best first, or `{ browsers, backend,
   * precompileShaders }`. Default: the table in docs/pool.md, 'What is
   * believed before anything was measured'.
   */
  readonly browserPreferences?: BrowserPreferences
  /** Pages in one browser at most. Default 4. */
  readonly pagesPerBrowser?: number
  /** WASM threads of a lane. Default: this machine's cores shared among `maxConnections`, at least 1. */
  readonly threads?: number
  /** Run without windows. Default true; `false` shows the browsers at work. */
  readonly headless?: boolean
  /** Requests that may wait at once; one more is refused as `Overloaded`. Default 1000. */
  readonly maxQueue?: number
  /** Deadline of a request that sets none, in milliseconds. Default 60 000. */
  readonly deadlineMs?: number
  /**
   * How long a lane has to end a run that its callers have given up, in milliseconds. What writes text ends between two
   * tokens, but a single run of a graph goes on to its end. Past this, and past four times what such a run takes, the lane's
   * worker is ended and started anew with its models; what waited behind is run again. A lane's first run of a model, and one
   * of a model that was never measured, have as long as their own deadline besides. `Infinity`: never for this reason; a lane
   * that is still at a run well past its deadline is taken for hung whatever is said here. Default 10 000.
   */
  readonly terminateAfterMs?: number
  /**
   * How much the loaded models may take, in bytes, as predicted from their files and corrected by what was measured. Where
   * there is no more room, the least recently used model goes that has no request open, and is loaded again when it is next
   * used; one that fits nowhere is refused as `ModelTooLarge`. Page and engine take about 100 MB a lane besides.
   */
  readonly memory?: MemoryOptions
  /**
   * A model that had no request for so long is unloaded, in milliseconds, and loaded again by its next request, which waits
   * for that. Default: never, since a load costs more than what it frees is worth until somebody else needs it (`memory`).
   */
  readonly idleUnloadMs?: number
  /** Where the host listens. Default 127.0.0.1 and any free port. */
  readonly host?: string
  readonly port?: number
  /**
   * Lets devices join by address, `true` with all defaults; see `JoinOptions`. The pool may then do without browsers of
   * its own: `maxConnections: 0`. Default: nobody may join.
   */
  readonly join?: JoinOptions | true
  /** Folder for model files and the page. Default: SHOAL_CACHE, else the system's cache folder + /shoal. */
  readonly cache?: string
  /** Folders in which a model's name is looked up first. */
  readonly modelFolders?: readonly string[]
  /** A Hugging Face-compatible hub, or `false` to never use the network. Default HF_ENDPOINT or huggingface.co. */
  readonly hub?: string | false
}

export interface MemoryOptions {
  /** Of all models on one page. Default 4 GiB: what a WASM heap can hold. */
  readonly perPage?: number
  /** Of all models on all pages. Default: as much as the machine has. */
  readonly total?: number
}

export interface ResolvedOptions {
  readonly scaling: ScalingRules
  readonly minConnections: number
  readonly maxConnections: number
  readonly adaptiveScaling: boolean
  readonly browsers: readonly BrowserChoice[] | undefined
  readonly browserPreferences: BrowserPreferences
  readonly recycle: RecycleRules
  readonly pagesPerBrowser: number
  readonly threads: number
  readonly headless: boolean
  readonly maxQueue: number
  readonly deadlineMs: number
  readonly terminateAfterMs: number
  readonly memory: Required<MemoryOptions>
  readonly idleUnloadMs: number | undefined
  readonly host: string
  readonly port: number
  readonly join: JoinOptions | undefined
  readonly cache: string | undefined
  readonly modelFolders: readonly string[]
  readonly hub: string | false | undefined
}
