// A browser's process without a driver, played by a program that asks for its start page and goes where that sends it.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect, Fiber } from 'effect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FoundBrowser } from '../../../src/node/browsers/discover.ts'
import { PlainBrowser } from '../../../src/node/browsers/PlainBrowser.ts'
import { PlainProcess } from '../../../src/node/browsers/PlainProcess.ts'
import { Profile } from '../../../src/node/browsers/Profile.ts'
import type { PlainRecipe } from '../../../src/node/browsers/plainRecipe.ts'
import { listProcesses } from '../../../src/node/browsers/processTable.ts'
import { StartPage } from '../../../src/node/browsers/StartPage.ts'
import { until } from '../../rig/Rig.ts'

const program = `
const { readFileSync } = require('node:fs')
const page = readFileSync(new URL(process.argv[1]), 'utf8')
const [script] = /http:[^"']+/.exec(page)
fetch(script).then(answer => answer.text()).then(() => setInterval(() => {}, 1000))
`

const slow = `
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
setInterval(() => {}, 1000)
process.on('SIGTERM', () => setTimeout(() => process.exit(), 300))
const started = new URL('started', process.argv[1])
if (!existsSync(started)) {
  writeFileSync(started, '')
  const [script] = /http:[^"']+/.exec(readFileSync(new URL(process.argv[1]), 'utf8'))
  fetch(script).then(answer => answer.text())
}
`

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const found: FoundBrowser = {
  kind: 'firefox',
  version: '1.0',
  executablePath: process.execPath,
  channel: 'stable',
  headlessShell: false,
  source: 'path',
}

const start = async (played = program, left?: AbortSignal): Promise<PlainProcess> => {
  const profile = await Effect.runPromise(Profile.make(folder, 'firefox'))
  const page = await StartPage.open(profile.folder)
  const recipe: PlainRecipe = {
    command: [process.execPath, '-e', played, page.fileUrl],
    files: {},
    processName: 'node',
  }
  return PlainProcess.launch({ found, recipe, profile, start: page, env: {} }, left).catch(async error => {
    await profile.remove()
    throw error
  })
}

const running = async (): Promise<number[]> =>
  (await listProcesses()).filter(({ command }) => command.join(' ').includes(folder)).map(({ pid }) => pid)

describe('A page of a process without a driver', () => {
  it('that nobody waits for any more when it opens is closed, and the process can be given another', async () => {
    const browser = await start()
    try {
      const opening = Effect.runFork(browser.openPage('http://127.0.0.1:9/one'))
      await Effect.runPromise(Fiber.interrupt(opening))
      await until(() => browser.isFree, 15_000)
      const page = await Effect.runPromise(browser.openPage('http://127.0.0.1:9/two'))
      expect(browser.isFree).toBe(false)
      await Effect.runPromise(page.close())
      expect(browser.isFree).toBe(true)
    } finally {
      await Effect.runPromise(browser.close())
    }
  })
})

describe('A process without a driver', () => {
  const another = async (first: number | undefined): Promise<boolean> =>
    (await running()).some(pid => pid !== first)
  const moments: readonly [string, (first: number | undefined) => Promise<unknown>][] = [
    ['the process before it ends', async () => undefined],
    ['the next process is about to show its start page', first => until(() => another(first), 15_000)],
  ]
  it.each(moments)(
    'that is closed while its page is loaded again, when %s, leaves no process and no profile',
    async (_title, moment) => {
      // It takes its time to end, and once it has been started before, never asks for its start page.
      const browser = await start(slow)
      const page = await Effect.runPromise(browser.openPage('http://127.0.0.1:9/one'))
      const first = browser.pid
      const reloading = Effect.runPromise(Effect.exit(page.reload()))
      await moment(first)
      await Effect.runPromise(browser.close())
      const closed = { processes: await running(), files: await readdir(folder) }
      const reloaded = await reloading
      const later = { processes: await running(), files: await readdir(folder) }
      for (const pid of later.processes) process.kill(pid, 'SIGKILL')
      const nothing = { processes: [], files: [] }
      expect({ closed, later, reloaded: reloaded._tag }).toEqual({
        closed: nothing,
        later: nothing,
        reloaded: 'Failure',
      })
      expect(await page.ended).toMatchObject({ reason: 'browserGone' })
      expect(await browser.exited).toMatchObject({ reason: 'closed' })
    },
    60_000,
  )

  it('whose page is closed while it is loaded again ends it once it is there', async () => {
    const browser = await start()
    try {
      const page = await Effect.runPromise(browser.openPage('http://127.0.0.1:9/one'))
      const reloading = Effect.runPromise(page.reload())
      await Effect.runPromise(page.close())
      await reloading
      expect(await page.ended).toMatchObject({ reason: 'closed' })
      expect(await running()).toEqual([])
      expect(browser.isFree).toBe(true)
    } finally {
      await Effect.runPromise(browser.close())
    }
  }, 60_000)
})

describe('A browser without a driver', () => {
  it('that is closed while the process of one more page starts ends that one too', async () => {
    const never = 'setInterval(() => {}, 1000)'
    const browser = new PlainBrowser(found, await start(), left => start(never, left), [])
    await Effect.runPromise(browser.openPage('http://127.0.0.1:9/one'))
    const opening = Effect.runPromise(Effect.exit(browser.openPage('http://127.0.0.1:9/two')))
    await until(async () => (await running()).length === 2, 15_000)
    await Effect.runPromise(browser.close())
    expect({ processes: await running(), files: await readdir(folder) }).toEqual({ processes: [], files: [] })
    expect((await opening)._tag).toBe('Failure')
  }, 60_000)
})
