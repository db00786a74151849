// A page of our own in a browser of this machine, driven by the test itself, for tests of what runs in the page. Not
// how the product launches: test/integration/browsers has that.
import { type Browser, chromium, firefox, type Page } from 'playwright-core'
import type { FoundBrowser } from '../../src/index.ts'
import { chromiumFlags } from '../../src/node/browsers/chromiumFlags.ts'
import { firefoxPrefs } from '../../src/node/browsers/firefoxPrefs.ts'
import { seeMachine } from '../../src/node/browsers/machine.ts'
import { installed, titleOf } from './installed.ts'
import { TestHost, type TestHostOptions } from './TestHost.ts'
import type { TestPage } from './TestPage.ts'

export interface Kind {
  readonly kind: 'chromium' | 'firefox'
  readonly title: string
  readonly found: FoundBrowser | undefined
}

/** For `describe.each`: the engines that pages are tested in, here or not. */
export const kinds: readonly Kind[] = (['chromium', 'firefox'] as const).map(kind => {
  const found = installed.find(one => one.kind === kind)
  return { kind, found, title: titleOf(kind, found) }
})

/** The product's own flags and preferences, under a driver that the test may ask things. */
export async function launch({ kind, found }: Kind): Promise<Browser> {
  if (found === undefined) throw new Error(`no ${kind} is installed here`)
  const { executablePath, source } = found
  if (kind === 'chromium')
    return await chromium.launch({ executablePath, args: chromiumFlags({}, await seeMachine()) })
  return await firefox.launch({
    ...(source === 'playwright' ? {} : { channel: 'moz-firefox' }),
    executablePath,
    firefoxUserPrefs: { ...firefoxPrefs() },
  })
}

export interface Opened extends AsyncDisposable {
  readonly host: TestHost
  readonly page: TestPage
  readonly tab: Page
}

/** One page, in a browser of its own or in one that is there, that has said hello to a host of its own. */
export async function open(from: Kind | Browser, options: TestHostOptions = {}): Promise<Opened> {
  const host = await TestHost.start(options)
  const browser = 'newContext' in from ? from : await launch(from)
  const context = await browser.newContext()
  const tab = await context.newPage()
  const arrived = host.page()
  await tab.goto(host.url)
  const page = await arrived
  return {
    host,
    page,
    tab,
    [Symbol.asyncDispose]: async () => {
      await (browser === from ? context : browser).close()
      await host[Symbol.asyncDispose]()
    },
  }
}
