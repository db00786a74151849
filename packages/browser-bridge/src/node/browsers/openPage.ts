// One page of a launched browser, opened and held by the driver. Not what runs in it: the page dials the host itself.
import { Effect } from 'effect'
import type { BrowserContext, Page } from 'playwright-core'
import { PageFailed } from '../../errors.ts'
import type { ExitDetail, PageEnd, PageHandle } from './Browser.ts'
import { onExit } from './onExit.ts'
import { withinLimit } from './withinLimit.ts'

const openLimitMs = 15_000
/** How long a page may take to close politely before it is given up. */
const closeLimitMs = 4_000
/** The pages of a dying browser close first. Which of the two it was shows a moment later. */
const settleMs = 300

const closePolitely = (page: Page): Promise<void> =>
  withinLimit(closeLimitMs, page.close()).catch(() => undefined)

/** `asked` says whether somebody closed the page. */
const endOf = (page: Page, exited: Promise<ExitDetail>, asked: AbortSignal): Promise<PageEnd> =>
  new Promise(resolve => {
    const leave = onExit(exited, ({ detail }) => resolve({ reason: 'browserGone', detail }))
    const end = (reason: 'closed' | 'crashed', detail: string): void => {
      leave()
      resolve({ reason, detail })
    }
    page.once('close', () => {
      setTimeout(() => end('closed', 'the page was closed'), asked.aborted ? 0 : settleMs)
    })
    page.once('crash', () => end('crashed', "the page's process died"))
  })

export interface PageOptions {
  readonly url: string
  readonly id: string
  /** The browser's name, for errors. */
  readonly browser: string
  readonly exited: Promise<ExitDetail>
}

/** Rejects with what the driver says, and where nobody waits for the page any more: it would stay open for nobody. */
export const openPage = async (
  context: BrowserContext,
  { url, id, browser, exited }: PageOptions,
  left: AbortSignal,
): Promise<PageHandle> => {
  const page = await withinLimit(openLimitMs, context.newPage(), late => late.close())
  const asked = new AbortController()
  const ended = endOf(page, exited, asked.signal)
  const visit = () => page.goto(url, { waitUntil: 'commit', timeout: openLimitMs })
  try {
    left.throwIfAborted()
    await visit()
    left.throwIfAborted()
  } catch (error) {
    await closePolitely(page)
    throw error
  }
  return {
    id,
    ended,
    reload: () =>
      Effect.tryPromise({
        // By address, not by page.reload(): that one waits for a page whose main thread no longer answers.
        try: () => page.goto('about:blank', { timeout: openLimitMs }).then(visit),
        catch: cause => new PageFailed({ browser, doing: 'reload', cause }),
      }).pipe(Effect.asVoid),
    close: () =>
      Effect.promise(() => {
        asked.abort()
        return closePolitely(page)
      }),
  }
}
