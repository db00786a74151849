// The page that a browser without a driver starts on: a file that tells nobody where it leads but the browser.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StartPage } from '../../../src/node/browsers/StartPage.ts'

let folder = ''
let page: StartPage
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  page = await StartPage.open(folder)
})
afterEach(async () => {
  page.close()
  await rm(folder, { recursive: true })
})

/** The address of the script, as the browser reads it. */
const scriptOf = async () => {
  const html = await readFile(fileURLToPath(page.fileUrl), 'utf8')
  return /src="([^"]+)"/.exec(html)?.[1] ?? ''
}

describe('A start page', () => {
  it('is a file that only this user may read', async () => {
    expect((await stat(path.join(folder, 'start.html'))).mode & 0o777).toBe(0o600)
    expect(page.fileUrl).toMatch(/^file:\/\/\/.*\/start\.html$/)
  })

  it('waits for its script, which sends the browser on once an address is known', async () => {
    const script = await scriptOf()
    expect(page.leave('http://127.0.0.1:1/#token=x')).toBe(false)
    const asked = fetch(script)
    await page.arrived
    expect(page.leave('http://127.0.0.1:1/#token="x"')).toBe(true)
    expect(await (await asked).text()).toBe('location.replace("http://127.0.0.1:1/#token=\\"x\\"")')
    expect(page.leave('http://127.0.0.1:1/')).toBe(false)
  })

  it('answers the next browser that shows it', async () => {
    const script = await scriptOf()
    const first = fetch(script)
    await page.arrived
    page.leave('http://127.0.0.1:1/')
    await first
    const second = fetch(script)
    await page.arrived
    expect(page.leave('http://127.0.0.1:2/')).toBe(true)
    expect(await (await second).text()).toContain('127.0.0.1:2')
  })

  it('does not take a browser that has gone, or that asked again, for the next one', async () => {
    const script = await scriptOf()
    const gone = new AbortController()
    const asked = fetch(script, { signal: gone.signal }).catch(() => undefined)
    await page.arrived
    gone.abort()
    await asked
    await expect.poll(() => page.leave('http://127.0.0.1:1/')).toBe(false)
    const late = fetch(script)
    await page.arrived
    page.expectAnother()
    expect(await (await late).text()).toBe('')
    expect(page.leave('http://127.0.0.1:1/')).toBe(false)
  })

  it('tells nothing to who does not know its secret', async () => {
    const { origin } = new URL(await scriptOf())
    expect((await fetch(`${origin}/`)).status).toBe(404)
    expect((await fetch(`${origin}/start.html`)).status).toBe(404)
  })
})
