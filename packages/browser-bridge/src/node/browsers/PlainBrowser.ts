// A browser without a driver: the way out where Playwright does not understand it. Each of its pages is a process of
// its own (PlainProcess.ts), since without a driver nobody can open or close a page in one that runs. The first
// process stands for the browser: with it go the others.
import { Effect } from 'effect'
import { PageFailed } from '../../errors.ts'
import type { Browser, ExitDetail, PageEnd, PageHandle } from './Browser.ts'
import type { FoundBrowser } from './discover.ts'
import type { PlainProcess } from './PlainProcess.ts'
import type { ProcessTree } from './processTree.ts'

export class PlainBrowser implements Browser {
  readonly kind: FoundBrowser['kind']
  readonly version: string
  readonly way = 'plain'
  readonly warnings: readonly string[]
  readonly exited: Promise<ExitDetail>
  readonly #first: PlainProcess
  readonly #another: (left: AbortSignal) => Promise<PlainProcess>
  /** Those that live beside the first. */
  readonly #others = new Set<PlainProcess>()
  /** And those that are about to. */
  readonly #starts = new Set<Promise<unknown>>()
  readonly #closing = new AbortController()

  /** @param another starts one more process, on a profile of its own; leaves nothing where it rejects */
  constructor(
    found: FoundBrowser,
    first: PlainProcess,
    another: (left: AbortSignal) => Promise<PlainProcess>,
    warnings: readonly string[],
  ) {
    this.kind = found.kind
    this.version = found.version
    this.warnings = warnings
    this.#first = first
    this.#another = another
    this.exited = first.exited.then(async exit => {
      await this.#closeOthers()
      return exit
    })
  }

  get pid(): number | undefined {
    return this.#first.pid
  }

  get profile(): string {
    return this.#first.profile
  }

  openPage(url: string): Effect.Effect<PageHandle, PageFailed> {
    return Effect.suspend(() => {
      if (this.#first.isFree || this.#closing.signal.aborted) return this.#first.openPage(url)
      return Effect.tryPromise({
        try: left => this.#besides(left),
        catch: cause => new PageFailed({ browser: this.kind, doing: 'open', cause }),
      }).pipe(Effect.flatMap(process => this.#adopt(process, url)))
    })
  }

  async tree(): Promise<ProcessTree> {
    const trees = await Promise.all([this.#first, ...this.#others].map(process => process.tree()))
    const sizes = trees.map(({ pssBytes }) => pssBytes)
    return {
      pids: trees.flatMap(({ pids }) => pids),
      pssBytes: sizes.includes(undefined) ? undefined : sizes.reduce((sum = 0, size = 0) => sum + size, 0),
    }
  }

  close(): Effect.Effect<void> {
    return Effect.promise(() => this.#closeOthers()).pipe(Effect.andThen(this.#first.close()))
  }

  /** Starting takes seconds, in which whoever asked for it may have gone, or the browser: then it goes again. */
  async #besides(left: AbortSignal): Promise<PlainProcess> {
    const starting = this.#another(AbortSignal.any([left, this.#closing.signal]))
    this.#starts.add(starting)
    try {
      const process = await starting
      this.#others.add(process)
      void process.exited.then(() => this.#others.delete(process))
      if (left.aborted) await Effect.runPromise(process.close())
      left.throwIfAborted()
      return process
    } finally {
      this.#starts.delete(starting)
    }
  }

  /** Its page is all that it is for. */
  #adopt(process: PlainProcess, url: string): Effect.Effect<PageHandle, PageFailed> {
    if (this.#closing.signal.aborted) return Effect.andThen(process.close(), this.#first.openPage(url))
    return process.openPage(url).pipe(
      Effect.map(page => ({
        ...page,
        ended: page.ended.then(end => this.#endOf(end)),
        close: () => Effect.andThen(page.close(), process.close()),
      })),
      Effect.onError(() => process.close()),
    )
  }

  /** A page that goes with a process of its own has crashed; the browser is gone only with its first one. */
  #endOf(end: PageEnd): PageEnd {
    const isAlone =
      end.reason === 'browserGone' && !this.#closing.signal.aborted && this.#first.pid !== undefined
    return isAlone ? { ...end, reason: 'crashed' } : end
  }

  async #closeOthers(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#starts)
    await Promise.all([...this.#others].map(process => Effect.runPromise(process.close())))
  }
}
