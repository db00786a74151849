// A browser that was launched here, from its first page to its end: whichever way it ends, its processes and its
// profile go with it. Not how it is started (launch.ts), nor one without a driver (PlainBrowser.ts).
import { Effect } from 'effect'
import type { BrowserContext } from 'playwright-core'
import { PageFailed } from '../../errors.ts'
import type { Browser, ExitDetail, PageHandle } from './Browser.ts'
import type { FoundBrowser } from './discover.ts'
import type { identify } from './identify.ts'
import { openPage } from './openPage.ts'
import type { Profile } from './Profile.ts'
import { isAlive } from './processTable.ts'
import { type ProcessTree, processTree } from './processTree.ts'
import { withinLimit } from './withinLimit.ts'

/** How long a browser may take to close politely before it is ended. */
const closeLimitMs = 4_000
/** How often the process itself is looked at, in case the driver does not tell. */
const lookMs = 1_000

type Life =
  | { readonly _tag: 'Running' }
  /** Asked to close, or gone by itself; `done` when nothing is left of it. */
  | { readonly _tag: 'Closing'; readonly exit: ExitDetail; readonly done: Promise<void> }

export class LaunchedBrowser implements Browser {
  readonly kind: FoundBrowser['kind']
  readonly version: string
  readonly way = 'playwright'
  readonly warnings: readonly string[] = []
  readonly pid: number
  readonly profile: string
  readonly exited: Promise<ExitDetail>
  readonly #context: BrowserContext
  readonly #profile: Profile
  /** What was spawned: the browser, or the script that waits for it. */
  readonly #root: number
  #life: Life = { _tag: 'Running' }
  #pages = 0

  constructor(
    found: FoundBrowser,
    context: BrowserContext,
    profile: Profile,
    { root, main }: NonNullable<ReturnType<typeof identify>>,
  ) {
    this.kind = found.kind
    this.version = context.browser()?.version() ?? found.version
    this.pid = main.pid
    this.profile = profile.folder
    this.#context = context
    this.#profile = profile
    this.#root = root.pid
    this.exited = new Promise(resolve => {
      const gone = (): void => {
        clearInterval(look)
        resolve(this.#crashed().exit)
      }
      const look = setInterval(() => {
        if (!isAlive(this.pid)) gone()
      }, lookMs)
      look.unref()
      context.once('close', gone)
    })
  }

  openPage(url: string): Effect.Effect<PageHandle, PageFailed> {
    const { exited } = this
    const browser = this.#name
    return Effect.tryPromise({
      try: left =>
        openPage(this.#context, { url, id: `${this.#profile.id}/${++this.#pages}`, browser, exited }, left),
      catch: cause => new PageFailed({ browser, doing: 'open', cause }),
    })
  }

  tree(): Promise<ProcessTree> {
    return processTree(this.#root)
  }

  close(): Effect.Effect<void> {
    return Effect.promise(() => {
      if (this.#life._tag === 'Running') {
        const exit: ExitDetail = { reason: 'closed', detail: `${this.#name} was closed` }
        this.#life = { _tag: 'Closing', exit, done: this.#closePolitely() }
      }
      return this.#life.done
    })
  }

  get #name(): string {
    return `${this.kind} (pid ${this.pid})`
  }

  /** The driver or the process table says that it is gone; what it was asked to do stands. */
  #crashed(): Extract<Life, { _tag: 'Closing' }> {
    if (this.#life._tag === 'Closing') return this.#life
    const exit: ExitDetail = { reason: 'crashed', detail: `${this.#name} ended` }
    // What dies by itself leaves its profile, and in Firefox its children.
    const done = this.#profile.remove().then(() => undefined)
    // Whoever closes it later hears of a profile that could not be removed; a death alone has nobody to tell.
    done.catch(() => undefined)
    this.#life = { _tag: 'Closing', exit, done }
    return this.#life
  }

  async #closePolitely(): Promise<void> {
    await withinLimit(closeLimitMs, this.#context.close()).catch(() => undefined)
    await this.#profile.remove()
  }
}
