// A page whose opener has gone meanwhile, over a driver that answers when the test says so. Pages of real browsers:
// test/integration/browsers.
import { EventEmitter } from 'node:events'
import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { openPage } from '../../../src/node/browsers/openPage.ts'

class SlowPage extends EventEmitter {
  readonly came = Promise.withResolvers<void>()
  closed = 0
  goto(): Promise<void> {
    return this.came.promise
  }
  async close(): Promise<void> {
    this.closed++
  }
}

const begin = () => {
  const page = new SlowPage()
  const opened = Promise.withResolvers<Page>()
  const context = { newPage: () => opened.promise } as unknown as BrowserContext
  const left = new AbortController()
  const exited = new Promise<never>(() => {})
  const opening = openPage(context, { url: 'http://h/', id: 'p', browser: 'b', exited }, left.signal)
  return { page, opening, left, open: () => opened.resolve(page as unknown as Page) }
}

describe('A page that nobody waits for any more', () => {
  it('is closed when it opens', async () => {
    const { page, opening, left, open } = begin()
    left.abort()
    open()
    await expect(opening).rejects.toThrow()
    expect(page.closed).toBe(1)
  })

  it('is closed when it has loaded', async () => {
    const { page, opening, left, open } = begin()
    open()
    await new Promise(done => setImmediate(done))
    left.abort()
    page.came.resolve()
    await expect(opening).rejects.toThrow()
    expect(page.closed).toBe(1)
  })

  it('stays where it is waited for', async () => {
    const { page, opening, open } = begin()
    open()
    page.came.resolve()
    expect((await opening).id).toBe('p')
    expect(page.closed).toBe(0)
  })
})
