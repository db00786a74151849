// Every example of docs/actors.md compiles, runs, and prints what its comments say.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'

const guide = readFileSync(new URL('../../../docs/actors.md', import.meta.url), 'utf8')
const examples = guide.split(/^## /m).flatMap(section => {
  const [, code] = /^```ts\n(.*?)^```/ms.exec(section) ?? []
  return code === undefined ? [] : [{ title: section.slice(0, section.indexOf('\n')), code }]
})

/** In this package, so that their imports resolve as a user's do. */
const folder = fileURLToPath(new URL(`./guide-${process.pid}`, import.meta.url))
const fileOf = (title: string) => `${folder}/${title.toLowerCase().replace(/[^a-z]+/g, '-')}.ts`

beforeAll(async () => {
  await mkdir(folder)
  for (const { title, code } of examples) await writeFile(fileOf(title), code)
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => void vi.restoreAllMocks())

const printed = (values: readonly unknown[]) =>
  values.map(value => (typeof value === 'string' ? value : inspect(value, { breakLength: 1000 }))).join(' ')

test.each(examples)('$title', async ({ code, title }) => {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((...values) => void lines.push(printed(values)))
  // What goes wrong on purpose is logged to standard error.
  vi.spyOn(console, 'error').mockImplementation(() => {})
  await import(/* @vite-ignore */ fileOf(title))
  const said = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text)
  expect(said.length).toBeGreaterThan(0)
  expect([...new Set(lines)]).toEqual(said)
})

test('all of them compile', { timeout: 60_000 }, async () => {
  const config = { extends: '../../tsconfig.json', include: ['.'] }
  await writeFile(`${folder}/tsconfig.json`, JSON.stringify(config))
  const tsc = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))
  const run = promisify(execFile)(process.execPath, [tsc, '--noEmit', '-p', folder])
  await run.catch(error => expect.fail(error.stdout))
})

test('the first one is ten lines at most', () => {
  const lines = examples[0]?.code.split('\n').filter(line => line.trim() !== '') ?? []
  expect(lines.length).toBeLessThanOrEqual(10)
})
