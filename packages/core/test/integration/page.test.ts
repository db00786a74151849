// Core in a page: bundled by Vite for the browser, run in headless Chromium.

import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle } from '../bundle.ts'

const places = new URL('../../../../tools/setup/findBrowser.mjs', import.meta.url).href
const { findBrowser } = (await import(/* @vite-ignore */ places)) as {
  findBrowser: (family: 'chromium') => string | undefined
}
const executablePath = findBrowser('chromium')

/** Runs a module in a page, and gives what it leaves in `globalThis.shown`. */
async function runInPage(
  browser: Browser,
  name: string,
  source: string,
  console: string[] = [],
): Promise<unknown> {
  const entry = fileURLToPath(new URL(`./page-${name}-${process.pid}.ts`, import.meta.url))
  await writeFile(entry, source)
  try {
    const code = await bundle(entry)
    const page = await browser.newPage()
    const errors: unknown[] = []
    page.on('console', message => console.push(`${message.type()} ${message.text()}`))
    page.on('pageerror', error => errors.push(error))
    await page.setContent('<div id="root"></div>')
    await page.addScriptTag({ content: code, type: 'module' })
    const shown = await page
      .waitForFunction(() => (globalThis as { shown?: unknown }).shown, undefined, { timeout: 20_000 })
      .catch(error => Promise.reject(errors[0] ?? error))
    expect(errors).toEqual([])
    return await shown.jsonValue()
  } finally {
    await rm(entry)
  }
}

const selecting = `
import { useSelector } from '@xstate/react'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { ActorSystem, behavior, child } from '@shoal/core'
import { assign, createMachine } from 'xstate'

const machine = createMachine({
  context: { count: 0 },
  on: {
    add: { actions: assign({ count: ({ context }) => context.count + 1 }) },
    crash: { actions: () => { throw new Error('on purpose') } },
  },
})
const system = await ActorSystem.start()
const { ref } = await system.spawn(child({ id: 'counter', behavior: behavior({ logic: machine }), input: undefined }))
const root = document.querySelector('#root')
const Count = () => createElement('b', null, useSelector(ref, snapshot => snapshot.context.count))
createRoot(root).render(createElement(Count))
const texts = []
const until = async text => {
  while (root.textContent !== text) await new Promise(resolve => setTimeout(resolve, 5))
  texts.push(text)
}
await until('0')
for (const type of ['add', 'add']) ref.tell({ type })
await until('2')
ref.tell({ type: 'crash' })
await until('0')
ref.tell({ type: 'add' })
await until('1')
await system.stop()
globalThis.shown = texts
`

const title =
  executablePath === undefined
    ? 'in a page (skipped: no Chromium on this machine; npm run setup)'
    : 'in a page'

describe.skipIf(executablePath === undefined)(title, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath && { executablePath }), headless: true })
  })
  afterAll(() => browser.close())

  test('the example of the README runs as it does in Node', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
    const example = /```ts\n(.*?)```/s.exec(readme)?.[1]
    if (example === undefined) throw new Error('the README has no example')
    const source = `${example}\nObject.assign(globalThis, { shown: [String(failed), String(answer)] })\n`
    const said: string[] = []
    const [failed, answer] = (await runInPage(browser, 'example', source, said)) as string[]
    expect(failed).toContain('RangeError')
    expect(answer).toBe('2')
    // What goes wrong is logged in a page too.
    expect(said[0]).toMatch(/^error .*level=ERROR.*\/worker failed: RangeError: Division by zero/)
    expect(said[1]).toMatch(/level=WARN.*\/worker was restarted/)
  })

  test("@xstate/react's useSelector follows a ref through its changes, and across a restart", async () => {
    expect(await runInPage(browser, 'selector', selecting)).toEqual(['0', '2', '0', '1'])
  })
})
