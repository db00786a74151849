// Starts an installed browser on a temporary profile of its own and drives it with Playwright. Everything that the
// browser leaves, processes and files, is gone when the scope closes, when the browser dies, or when the host exits.
import { setTimeout as sleep } from 'node:timers/promises'
import { Effect, type Scope } from 'effect'
import type { BrowserContext, Page } from 'playwright-core'
import { LaunchFailed, PageFailed } from '../../errors.ts'
import type { Browser, ExitDetail, PageEnd, PageHandle } from './Browser.ts'
import type { FoundBrowser } from './discover.ts'
import { chromiumArgs, firefoxPrefs, type LaunchOptions, sandboxed } from './launchFlags.ts'
import { defaultProfilesFolder, Profile, usesProfile } from './Profile.ts'
import { listProcesses, type ProcessInfo } from './processTable.ts'
import { processTree } from './processTree.ts'

/** How long a browser or a page may take to close politely before it is ended. */
const closeLimitMs = 4_000
const openLimitMs = 15_000
const settleMs = 300
/** How often the process itself is looked at, in case the driver does not tell. */
const lookMs = 1_000

const withLimit = async (work: Promise<unknown>, limitMs: number): Promise<void> => {
  const settled = work.catch(() => undefined)
  await Promise.race([settled, sleep(limitMs, undefined, { ref: false })])
}

/** Sockets and scratch files of the browser lie in its profile, so that they go with it. */
const environment = (profile: string): Record<string, string> => {
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  // A socket's path takes 107 bytes, and Chromium puts 45 behind this one.
  if (process.platform === 'linux' && profile.length < 60) env['TMPDIR'] = profile
  return env
}

/** The driver waits for a browser without limit; what comes too late is disposed of. */
const within = async <A>(
  limitMs: number,
  work: Promise<A>,
  dispose: (late: A) => Promise<void>,
): Promise<A> => {
  let inTime = true
  const timeout = sleep(limitMs, undefined, { ref: false }).then(() => {
    inTime = false
    throw new Error(`no answer within ${limitMs / 1000} s`)
  })
  work.then(
    late => (inTime ? undefined : dispose(late).catch(() => undefined)),
    () => undefined,
  )
  return Promise.race([work, timeout])
}

const start = async (
  found: FoundBrowser,
  options: LaunchOptions,
  profile: string,
): Promise<BrowserContext> => {
  // Imported late: the driver takes a good part of a second, which a host that joins browsers need not pay.
  const { chromium, firefox } = await import('playwright-core')
  const shared = {
    executablePath: found.executablePath,
    headless: found.headlessShell || options.headless !== false,
    timeout: options.timeoutMs ?? 30_000,
    // The host's own supervision closes browsers; a driver that does it too would race it.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    artifactsDir: profile,
    env: environment(profile),
  }
  if (found.kind === 'firefox') {
    return firefox.launchPersistentContext(profile, {
      ...shared,
      // This channel drives a stock Firefox over WebDriver BiDi; the plain one wants Playwright's patched build.
      ...(found.source === 'playwright' ? {} : { channel: 'moz-firefox' }),
      args: [...(options.args ?? [])],
      firefoxUserPrefs: { ...firefoxPrefs(options) },
    })
  }
  return chromium.launchPersistentContext(profile, {
    ...shared,
    args: chromiumArgs(options),
    chromiumSandbox: sandboxed(options, process.platform, process.getuid?.()),
  })
}

/**
 * The process that we spawned and the browser proper. They differ where a distribution's launcher is a shell script
 * that waits for the browser: ending the script would leave the browser alive.
 */
export const identify = (
  profile: string,
  host: number,
  table: readonly ProcessInfo[],
): { readonly root: ProcessInfo; readonly main: ProcessInfo } | undefined => {
  const named = table.filter(info => usesProfile(info.command, profile))
  const root = named.find(info => info.parent === host) ?? named[0]
  if (root === undefined) return undefined
  const isScript = /(^|\/)(sh|bash|dash|zsh)$/.test(root.command[0] ?? '')
  const main = isScript ? named.find(info => info.parent === root.pid) : undefined
  return { root, main: main ?? root }
}

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const messagesOf = (page: Page, tell: LaunchOptions['onPageMessage']): void => {
  if (tell === undefined) return
  page.on('console', message => tell({ level: message.type(), text: message.text() }))
  page.on('pageerror', error => tell({ level: 'error', text: error.stack ?? error.message }))
}

const openPage = async (
  context: BrowserContext,
  url: string,
  id: string,
  name: string,
  exited: Promise<ExitDetail>,
  options: LaunchOptions,
): Promise<PageHandle> => {
  const page = await within(openLimitMs, context.newPage(), late => late.close())
  messagesOf(page, options.onPageMessage)
  let asked = false
  const ended = new Promise<PageEnd>(resolve => {
    page.once('close', () => {
      // The pages of a dying browser close first. Which of the two it was shows a moment later.
      setTimeout(() => resolve({ reason: 'closed', detail: 'the page was closed' }), asked ? 0 : settleMs)
    })
    page.once('crash', () => resolve({ reason: 'crashed', detail: "the page's process died" }))
    void exited.then(({ detail }) => resolve({ reason: 'browserGone', detail }))
  })
  try {
    await page.goto(url, { waitUntil: 'commit', timeout: openLimitMs })
  } catch (error) {
    await withLimit(page.close(), closeLimitMs)
    throw error
  }
  return {
    id,
    ended,
    reload: () =>
      Effect.tryPromise({
        // By address, not by page.reload(): that one waits for a page whose main thread no longer answers.
        try: () =>
          page
            .goto('about:blank', { timeout: openLimitMs })
            .then(() => page.goto(url, { waitUntil: 'commit', timeout: openLimitMs })),
        catch: cause => new PageFailed({ browser: name, doing: 'reload', cause }),
      }).pipe(Effect.asVoid),
    close: () =>
      Effect.promise(() => {
        asked = true
        return withLimit(page.close(), closeLimitMs)
      }),
  }
}

const attach = async (
  found: FoundBrowser,
  options: LaunchOptions,
  profile: Profile,
  context: BrowserContext,
): Promise<Browser> => {
  const processes = identify(profile.folder, process.pid, await listProcesses())
  if (processes === undefined) throw new Error('its process ended at once')
  const { pid, startTime } = processes.root
  await profile.markBrowser({ pid, startTime })
  const name = `${found.kind} (pid ${processes.main.pid})`
  let asked = false
  let pages = 0
  let closing: Promise<void> | undefined
  const cleanUp = async (): Promise<void> => {
    if (asked) await withLimit(context.close(), closeLimitMs)
    await profile.remove()
  }
  const clean = (): Promise<void> => {
    closing ??= cleanUp()
    return closing
  }
  const exited = new Promise<ExitDetail>(resolve => {
    const gone = (): void => {
      clearInterval(look)
      const crashed: ExitDetail = { reason: 'crashed', detail: `${name} ended` }
      resolve(asked ? { reason: 'closed', detail: `${name} was closed` } : crashed)
      // What dies by itself leaves its profile, and in Firefox its children.
      void clean().catch(() => undefined)
    }
    const look = setInterval(() => {
      if (!isThere(processes.main.pid)) gone()
    }, lookMs)
    look.unref()
    context.once('close', gone)
  })
  return {
    kind: found.kind,
    version: context.browser()?.version() ?? found.version,
    pid: processes.main.pid,
    profile: profile.folder,
    exited,
    openPage: url =>
      Effect.tryPromise({
        try: () => openPage(context, url, `${profile.id}/${++pages}`, name, exited, options),
        catch: cause => new PageFailed({ browser: name, doing: 'open', cause }),
      }),
    tree: () => processTree(processes.root.pid),
    close: () =>
      Effect.promise(() => {
        asked = true
        return clean()
      }),
  }
}

/**
 * Starts `found` and waits until it can open pages. Closing the scope closes the browser.
 */
export const launch = (
  found: FoundBrowser,
  options: LaunchOptions = {},
): Effect.Effect<Browser, LaunchFailed, Scope.Scope> => {
  const failed = (cause: unknown) => new LaunchFailed({ ...found, cause })
  return Effect.acquireRelease(
    Effect.gen(function* () {
      const folder = options.profilesDir ?? defaultProfilesFolder()
      const profile = yield* Profile.make(folder, found.kind).pipe(Effect.mapError(failed))
      return yield* Effect.tryPromise({
        try: async () => attach(found, options, profile, await start(found, options, profile.folder)),
        catch: failed,
      }).pipe(Effect.onError(() => Effect.promise(() => profile.remove())))
    }),
    browser => browser.close(),
  )
}
