// Real browsers, one after the other: found, launched, their page dials back, a lane runs a trained model, and
// nothing is left of them afterwards.
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect } from 'effect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BridgeHost, type Browser, type FoundBrowser, LaunchFailed, launch } from '../../src/index.ts'
import { isAlive, listProcesses } from '../../src/node/browsers/processTable.ts'
import { installed, titleOf } from '../rig/installed.ts'
import { digit, files, mnist, noModels, one } from '../rig/models.ts'
import { join, Rig, until } from '../rig/Rig.ts'

const pick = (name: string, wanted: (one: FoundBrowser) => boolean) => ({
  name,
  browser: installed.find(wanted),
})
const kinds = [
  pick('Chromium headless shell', one => one.headlessShell),
  pick('Chromium', one => one.kind === 'chromium' && !one.headlessShell),
  pick('Firefox', one => one.kind === 'firefox'),
]

let profiles = ''
beforeAll(async () => {
  profiles = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
})
afterAll(() => rm(profiles, { recursive: true, force: true }))

for (const { name, browser } of kinds)
  describe.skipIf(browser === undefined)(titleOf(name, browser), () => {
    if (browser === undefined) return

    it(`joins, runs MNIST on WASM, and leaves no process and no profile${noModels}`, async ({ skip }) => {
      if (noModels !== '') skip(noModels)
      let running: Browser
      let pids: readonly number[]
      {
        await using rig = new Rig()
        const host = await rig.run(BridgeHost.start({ files }))
        running = await rig.run(launch(browser, { profilesDir: profiles }))
        const { live } = await join(host, running, 'one')
        expect(live.browser.version.split('.')[0]).toBe(browser.version.split('.')[0])
        expect(live.capabilities.isolated).toBe(true)
        const lane = await live.openLane('wasm')
        expect(lane.threads).toBe(live.capabilities.threads)
        const loaded = await lane.load(mnist)
        expect(loaded.inputs).toEqual([{ name: 'Input3', dtype: 'float32', dims: [1, 1, 28, 28] }])
        const { outputs, timing } = await lane.run('mnist', one(), { deadlineMs: 30_000 })
        expect(outputs.map(({ name, dims }) => ({ name, dims }))).toEqual([
          { name: 'Plus214_Output_0', dims: [1, 10] },
        ])
        expect(digit(outputs[0]?.data)).toBe(1)
        expect(timing.computeMs).toBeGreaterThan(0)
        expect(lane.inFlight).toBe(0)
        const tree = await running.tree()
        pids = tree.pids
        expect(pids).toContain(running.pid)
        expect(tree.pssBytes).toBeGreaterThan(50 << 20)
        expect(existsSync(running.profile ?? '')).toBe(true)
      }
      await until(() => !pids.some(isAlive))
      expect(await readdir(profiles)).toEqual([])
      expect(await running.exited).toMatchObject({ reason: 'closed' })
    })

    it('opens several pages in one browser, and the death of one page leaves the others', async () => {
      await using rig = new Rig()
      const host = await rig.run(BridgeHost.start({ files }))
      const running = await rig.run(launch(browser, { profilesDir: profiles }))
      const [first, second] = await Promise.all([join(host, running, 'first'), join(host, running, 'second')])
      await Effect.runPromise(first.page.close())
      expect(await first.page.ended).toMatchObject({ reason: 'closed' })
      expect(await first.live.lost).toContain('1001')
      const lane = await second.live.openLane('wasm')
      expect(lane.backend).toBe('wasm')
    })

    it('never shows the page’s address or token among its arguments', async () => {
      await using rig = new Rig()
      const host = await rig.run(BridgeHost.start({ files }))
      const running = await rig.run(launch(browser, { profilesDir: profiles }))
      const { invitation } = await join(host, running, 'quiet')
      const commands = (await listProcesses()).map(info => info.command.join(' '))
      expect(commands.filter(command => command.includes(running.profile ?? '?'))).not.toEqual([])
      expect(commands.filter(command => command.includes(invitation.url.split('#')[1] ?? '?'))).toEqual([])
    })
  })

describe('A browser that cannot start', () => {
  it('fails with LaunchFailed, one line with the way out, and leaves no profile', async () => {
    const bad: FoundBrowser = {
      kind: 'chromium',
      executablePath: '/bin/false',
      headlessShell: true,
      version: '',
      channel: 'stable',
      source: 'path',
    }
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(launch(bad, { profilesDir: profiles }))))
    expect(error).toBeInstanceOf(LaunchFailed)
    expect(error.message).toMatch(/^chromium at \/bin\/false did not start: .*SHOAL_CHROMIUM/)
    expect(error.message).not.toContain('\n')
    expect(await readdir(profiles)).toEqual([])
  })
})
