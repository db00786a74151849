// A browser's process without a driver, played by a program that asks for its start page and goes where that sends it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect, Fiber } from 'effect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PlainProcess } from '../../../src/node/browsers/PlainProcess.ts'
import { Profile } from '../../../src/node/browsers/Profile.ts'
import { StartPage } from '../../../src/node/browsers/StartPage.ts'
import { until } from '../../rig/Rig.ts'

const program = `
const { readFileSync } = require('node:fs')
const page = readFileSync(new URL(process.argv[1]), 'utf8')
const [script] = /http:[^"']+/.exec(page)
fetch(script).then(answer => answer.text()).then(() => setInterval(() => {}, 1000))
`

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const start = async (): Promise<PlainProcess> => {
  const profile = await Effect.runPromise(Profile.make(folder, 'firefox'))
  const page = await StartPage.open(profile.folder)
  return PlainProcess.launch({
    found: {
      kind: 'firefox',
      version: '1.0',
      executablePath: process.execPath,
      channel: 'stable',
      headlessShell: false,
      source: 'path',
    },
    recipe: { command: [process.execPath, '-e', program, page.fileUrl], files: {}, processName: 'node' },
    profile,
    start: page,
    env: {},
  })
}

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
