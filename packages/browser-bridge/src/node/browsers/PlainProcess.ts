// A browser's process with one page and nothing that drives it: the page is sent to its address by the file that the
// browser starts on (StartPage.ts), and what a driver would do to the page is done to the process instead: closing
// ends it, reloading starts it again on the same profile. Several of them are a browser: PlainBrowser.ts.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { Effect } from 'effect'
import { PageFailed } from '../../errors.ts'
import type { ExitDetail, PageEnd, PageHandle } from './Browser.ts'
import type { FoundBrowser } from './discover.ts'
import type { Profile } from './Profile.ts'
import type { PlainRecipe } from './plainRecipe.ts'
import { findProcess, listProcesses } from './processTable.ts'
import { killTree, membersOf, type ProcessTree, processTree } from './processTree.ts'
import type { StartPage } from './StartPage.ts'
import { withinLimit } from './withinLimit.ts'

const startLimitMs = 30_000
/** How long a browser may take to end by itself before it is killed: some tidy up outside of their profile. */
const politeMs = 2_000

interface Process {
  /** What was spawned; it leads a session of its own. */
  readonly root: number
  readonly exit: Promise<string>
}

type Life =
  | { readonly _tag: 'Idle' }
  /** It shows the start page. */
  | { readonly _tag: 'Waiting'; readonly process: Process; readonly main: number }
  | { readonly _tag: 'Showing'; readonly process: Process; readonly main: number; readonly page: OpenPage }
  /** A process ends or another one starts, for `page` where it is loaded again. `over` when none does any more. */
  | { readonly _tag: 'Changing'; readonly over: Promise<void>; readonly page: OpenPage | undefined }
  | { readonly _tag: 'Closing'; readonly done: Promise<void> }

interface OpenPage {
  readonly url: string
  readonly ended: PromiseWithResolvers<PageEnd>
}

export interface PlainParts {
  readonly found: FoundBrowser
  readonly recipe: PlainRecipe
  readonly profile: Profile
  readonly start: StartPage
  readonly env: Record<string, string>
}

export class PlainProcess {
  readonly exited: Promise<ExitDetail>
  readonly #parts: PlainParts
  readonly #exit = Promise.withResolvers<ExitDetail>()
  /** Ends a start that is under way, before there is a process or after. */
  readonly #closing = new AbortController()
  #life: Life = { _tag: 'Idle' }
  #pages = 0

  private constructor(parts: PlainParts) {
    this.#parts = parts
    this.exited = this.#exit.promise
  }

  /**
   * Starts it, and waits until it shows its start page, or until nobody waits for that any more. Rejects with what kept
   * it, once no process of it is left; the profile is the caller's then.
   */
  static async launch(parts: PlainParts, left?: AbortSignal): Promise<PlainProcess> {
    const browser = new PlainProcess(parts)
    const stop = (): void => browser.#closing.abort()
    left?.addEventListener('abort', stop)
    try {
      left?.throwIfAborted()
      await browser.#spawn()
      return browser
    } catch (error) {
      parts.start.close()
      throw error
    } finally {
      left?.removeEventListener('abort', stop)
    }
  }

  get pid(): number | undefined {
    return this.#life._tag === 'Waiting' || this.#life._tag === 'Showing' ? this.#life.main : undefined
  }

  get profile(): string {
    return this.#parts.profile.folder
  }

  /** Whether it can be given a page. */
  get isFree(): boolean {
    return this.#life._tag === 'Idle' || this.#life._tag === 'Waiting'
  }

  openPage(url: string): Effect.Effect<PageHandle, PageFailed> {
    return Effect.tryPromise({
      try: left => this.#open(url, left),
      catch: cause => new PageFailed({ browser: this.#name, doing: 'open', cause }),
    })
  }

  tree(): Promise<ProcessTree> {
    const life = this.#life
    return 'process' in life ? processTree(life.process.root) : Promise.resolve({ pids: [], pssBytes: 0 })
  }

  close(): Effect.Effect<void> {
    return Effect.promise(() => {
      if (this.#life._tag === 'Closing') return this.#life.done
      const exit: ExitDetail = { reason: 'closed', detail: `${this.#name} was closed` }
      return this.#end(exit)
    })
  }

  get #name(): string {
    return `${this.#parts.found.kind} without a driver (pid ${this.pid ?? 'none'})`
  }

  /** It changes under every await, which the compiler does not know. */
  #now(): Life {
    return this.#life
  }

  /** Its own end and everybody else's lead here: what is left of it is removed, and whoever waits is told. */
  #end(exit: ExitDetail): Promise<void> {
    const life = this.#life
    const { profile, start } = this.#parts
    this.#closing.abort()
    start.close()
    const done = (async () => {
      if ('process' in life) await this.#kill(life.process, life.main)
      // What is just being started is found by nobody else, and writes into the profile.
      if (life._tag === 'Changing') await life.over
      await profile.remove()
    })()
    // Whoever closes it later hears of a profile that could not be removed; a death alone has nobody to tell.
    done.catch(() => undefined)
    this.#life = { _tag: 'Closing', done }
    const ended: PageEnd = { reason: 'browserGone', detail: exit.detail }
    if ('page' in life) life.page?.ended.resolve(ended)
    if (exit.reason === 'crashed') this.#exit.resolve(exit)
    else void done.finally(() => this.#exit.resolve(exit)).catch(() => undefined)
    return done
  }

  /** Does `work`, which ends a process or leads to another one; where it leads to none, there is none. */
  async #change(page: OpenPage | undefined, work: () => Promise<void>): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const changing: Life = { _tag: 'Changing', over, page }
    this.#life = changing
    try {
      await work()
    } finally {
      if (this.#now() === changing) this.#life = { _tag: 'Idle' }
      resolve()
    }
  }

  /** Rejects, with the process free again, where nobody waits for the page any more when it shows. */
  async #open(url: string, left: AbortSignal): Promise<PageHandle> {
    if (this.#life._tag === 'Idle') await this.#change(undefined, () => this.#spawn())
    const life = this.#life
    if (life._tag !== 'Waiting') throw new Error(refusals[life._tag])
    const page: OpenPage = { url, ended: Promise.withResolvers() }
    await this.#show(life, page)
    if (left.aborted) {
      await this.#closePage(page)
      left.throwIfAborted()
    }
    return {
      id: `${this.#parts.profile.id}/${++this.#pages}`,
      ended: page.ended.promise,
      reload: () =>
        Effect.tryPromise({
          try: () => this.#reload(page),
          catch: cause => new PageFailed({ browser: this.#name, doing: 'reload', cause }),
        }),
      close: () => Effect.promise(() => this.#closePage(page)),
    }
  }

  async #show(waiting: Extract<Life, { _tag: 'Waiting' }>, page: OpenPage): Promise<void> {
    const { start } = this.#parts
    this.#life = { ...waiting, _tag: 'Showing', page }
    try {
      // It may be loading the start page once more just now.
      while (!start.leave(page.url))
        await withinLimit(startLimitMs, Promise.race([start.arrived, waiting.process.exit.then(ended)]))
    } catch (error) {
      const now = this.#now()
      if (now._tag === 'Showing' && now.page === page) this.#life = waiting
      throw error
    }
  }

  async #reload(page: OpenPage): Promise<void> {
    const life = this.#life
    if (life._tag !== 'Showing' || life.page !== page) throw new Error('the page is closed')
    await this.#change(page, async () => {
      try {
        await this.#kill(life.process, life.main)
        await this.#spawn()
        const spawned = this.#now()
        if (spawned._tag === 'Waiting') await this.#show(spawned, page)
      } catch (error) {
        // There is no page any more, and no process that could hold one.
        if (this.#now()._tag !== 'Closing')
          void this.#end({ reason: 'crashed', detail: `${this.#name} did not start again` })
        throw error
      }
    })
  }

  async #closePage(page: OpenPage): Promise<void> {
    const life = this.#life
    if (life._tag === 'Showing' && life.page === page) {
      await this.#change(undefined, () => this.#kill(life.process, life.main))
      page.ended.resolve({ reason: 'closed', detail: 'the page was closed' })
    } else if (life._tag === 'Changing' && life.page === page) {
      await life.over
      await this.#closePage(page)
    } else if (life._tag === 'Closing') await life.done.catch(() => undefined)
  }

  /** Starts a process and waits until it shows the start page. */
  async #spawn(): Promise<void> {
    const { recipe, profile, start, env, found } = this.#parts
    const { signal } = this.#closing
    if (signal.aborted) throw new Error(closedMeanwhile)
    const closed = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error(closedMeanwhile)), { once: true })
    })
    closed.catch(() => undefined)
    const [file, ...args] = recipe.command
    start.expectAnother()
    const child = spawn(file, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'], env })
    let said = ''
    child.stderr?.on('data', chunk => {
      said = `${said}${chunk}`.slice(-2_000)
    })
    // Neither a browser nor what it says keeps the program alive.
    child.unref()
    const exit = new Promise<string>(resolve => {
      child.once('error', error => resolve(error.message))
      child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}${lastLine(said)}`))
    })
    const root = child.pid
    if (root === undefined) throw new Error(await exit)
    const running: Process = { root, exit }
    try {
      const info = await findProcess(root)
      await profile.markBrowser({ pid: root, startTime: info?.startTime ?? '' })
      await withinLimit(startLimitMs, Promise.race([start.arrived, exit.then(ended), closed]))
      const main = await mainOf(root, found, recipe.processName)
      if (signal.aborted) throw new Error(closedMeanwhile)
      this.#life = { _tag: 'Waiting', process: running, main }
    } catch (error) {
      await killTree(root)
      throw error
    }
    void exit.then(why => {
      const life = this.#life
      if ('process' in life && life.process === running)
        void this.#end({ reason: 'crashed', detail: `${this.#name} ended: ${why}` })
    })
  }

  /** Politely first: what a session started outside of the profile (a display, a bus) is tidied up only then. */
  async #kill({ root, exit }: Process, main: number): Promise<void> {
    try {
      process.kill(main, 'SIGTERM')
    } catch {
      // It is gone already; what it started may not be.
    }
    // Nothing else may keep the program alive, and whoever waits for this end has to see it.
    const alive = setTimeout(() => undefined, politeMs)
    await withinLimit(politeMs, exit).catch(() => undefined)
    clearTimeout(alive)
    await killTree(root)
  }
}

const closedMeanwhile = 'it was closed meanwhile'

const refusals: Readonly<Record<Exclude<Life['_tag'], 'Waiting'>, string>> = {
  Idle: 'it has no process',
  Showing: 'it holds one page and no more',
  Changing: 'it is about to start or to end',
  Closing: 'it is closed',
}

const ended = (why: string): never => {
  throw new Error(why)
}

const lastLine = (said: string): string => {
  const line = said.trim().split('\n').at(-1)?.trim()
  return line ? `, saying: ${line}` : ''
}

/** The browser proper: what was spawned may be a script, a display or a bus that waits for it. */
const mainOf = async (root: number, found: FoundBrowser, name: string): Promise<number> => {
  const members = membersOf(root, await listProcesses())
  const named = members.filter(({ command }) => path.basename(command[0] ?? '') === name)
  const own = named.find(({ pid }) => pid !== root && found.kind === 'webkit')
  return own?.pid ?? root
}
