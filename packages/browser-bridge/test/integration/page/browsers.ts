// The browsers of this machine, opened on a page. Only for tests of the page: launching for real is src/node's.

import { existsSync } from 'node:fs'
import { type Browser, chromium, firefox, type Page } from 'playwright-core'
import { TestHost, type TestHostOptions } from './TestHost.ts'
import type { TestPage } from './TestPage.ts'

export type Kind = 'chromium' | 'firefox'

const executables: Record<Kind, string> = {
  chromium: process.env['SHOAL_CHROMIUM'] ?? '/usr/bin/chromium',
  firefox: process.env['SHOAL_FIREFOX'] ?? '/usr/bin/firefox-esr',
}

export const hasBrowser = (kind: Kind): boolean => existsSync(executables[kind])

export const missing = (kind: Kind): string => (hasBrowser(kind) ? kind : `${kind} (skipped: not installed)`)

export async function launch(kind: Kind): Promise<Browser> {
  const executablePath = executables[kind]
  if (kind === 'chromium') {
    return await chromium.launch({
      executablePath,
      args: ['--enable-unsafe-webgpu', '--enable-features=WebMachineLearningNeuralNetwork'],
    })
  }
  return await firefox.launch({
    channel: 'moz-firefox',
    executablePath,
    headless: true,
    firefoxUserPrefs: {
      'dom.webgpu.enabled': true,
      'dom.webgpu.workers.enabled': true,
      'gfx.webgpu.ignore-blocklist': true,
    },
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
  const browser = typeof from === 'string' ? await launch(from) : from
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
      await (typeof from === 'string' ? browser : context).close()
      await host[Symbol.asyncDispose]()
    },
  }
}
