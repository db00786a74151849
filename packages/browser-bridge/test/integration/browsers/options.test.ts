// Options of a launch that can be measured on this machine: each changes what the page can do or what the process is.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect } from 'effect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BridgeHost, type LaunchOptions, LaunchUnsupported, launch } from '../../../src/index.ts'
import { launchWith } from '../../../src/node/browsers/launch.ts'
import { listProcesses } from '../../../src/node/browsers/processTable.ts'
import { installed, titleOf } from '../../rig/installed.ts'
import { files } from '../../rig/models.ts'
import { join, Rig } from '../../rig/Rig.ts'

let profiles = ''
beforeAll(async () => {
  profiles = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
})
afterAll(() => rm(profiles, { recursive: true, force: true }))

const chromium = installed.find(one => one.headlessShell) ?? installed.find(one => one.kind === 'chromium')
const firefox = installed.find(one => one.kind === 'firefox')

/** What a page of a browser that was launched so can do, and that browser's arguments. */
const capabilities = async (found: NonNullable<typeof chromium>, options: LaunchOptions) => {
  await using rig = new Rig()
  const host = await rig.run(BridgeHost.start({ files }))
  const browser = await rig.run(launch(found, { ...options, profilesDir: profiles }))
  const { live } = await join(host, browser, 'one')
  const { pids } = await browser.tree()
  const commands = (await listProcesses()).filter(({ pid }) => pids.includes(pid)).map(one => one.command)
  return { ...live.capabilities, commands }
}

describe.skipIf(chromium === undefined)(titleOf('Chromium', chromium), () => {
  if (chromium === undefined) return

  it('has WebGPU on a software adapter where that is wanted, and none where it is not', async () => {
    const on = await capabilities(chromium, { adapter: 'software' })
    expect(on.webgpu?.adapter).toMatchObject({ architecture: 'swiftshader', software: true })
    expect((await capabilities(chromium, { webgpu: false })).webgpu).toBeUndefined()
  })

  it('shows WebNN’s property only where it is switched on', async () => {
    expect((await capabilities(chromium, { webnn: false })).reasons['webnn-cpu']).toContain('is not there')
    expect((await capabilities(chromium, {})).reasons['webnn-cpu']).not.toContain('is not there')
  })

  it('is given the caller’s flags', async () => {
    const { commands } = await capabilities(chromium, { args: ['--js-flags=--stack-size=600'] })
    expect(commands.flat()).toContain('--js-flags=--stack-size=600')
  })

  it('is refused what it cannot do before it starts, and leaves no profile', async () => {
    const asked = launch(chromium, { driver: 'plain', profilesDir: profiles })
    expect(await Effect.runPromise(Effect.flip(Effect.scoped(asked)))).toBeInstanceOf(LaunchUnsupported)
    expect(await readdir(profiles)).toEqual([])
  })
})

describe.skipIf(firefox === undefined)(titleOf('Firefox', firefox), () => {
  if (firefox === undefined) return

  it('has no WebGPU where it is not wanted, and takes the caller’s preferences', async () => {
    const off = await capabilities(firefox, {
      webgpu: false,
      firefoxPrefs: { 'dom.maxHardwareConcurrency': 1 },
    })
    expect(off.reasons.webgpu).toContain('navigator.gpu is not there')
    expect(off.cores).toBe(1)
  })

  it('runs without a driver, and says so, where the driver does not understand it', async () => {
    await using rig = new Rig()
    const host = await rig.run(BridgeHost.start({ files }))
    const stranger = async () => {
      // As playwright-core 1.65.1 says of Firefox 153.
      throw new Error(
        'browserType.launchPersistentContext: Protocol error (emulation.setMediaFeaturesOverride): unknown command',
      )
    }
    const browser = await rig.run(launchWith(stranger, firefox, { profilesDir: profiles }))
    expect(browser.way).toBe('plain')
    expect(browser.warnings).toEqual([expect.stringContaining('setMediaFeaturesOverride')])
    await join(host, browser, 'one')
    expect(await readdir(profiles)).toHaveLength(2)
  })
})
