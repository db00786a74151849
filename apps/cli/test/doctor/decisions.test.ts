// What doctor tries, marks and advises: pure functions over what was found.

import type { Capabilities, FoundBrowser, Machine } from '@shoal/browser-bridge'
import { describe, expect, it } from 'vitest'
import { adviceFor, unverifiedIn } from '../../src/doctor/advice.ts'
import type { BackendReport } from '../../src/doctor/BrowserReport.ts'
import { machineAdvice } from '../../src/doctor/machineReport.ts'
import { missingKinds, trialsOf } from '../../src/doctor/trials.ts'

const found = (kind: FoundBrowser['kind'], more: Partial<FoundBrowser> = {}): FoundBrowser => ({
  kind,
  executablePath: `/usr/bin/${kind}`,
  headlessShell: false,
  version: '1',
  channel: 'stable',
  source: 'path',
  ...more,
})
const no: BackendReport = { ran: false, reason: 'not here' }
const ran: BackendReport = { ran: true, threads: 2 }
const on = (software: boolean): BackendReport => ({
  ...ran,
  adapter: { vendor: 'v', architecture: 'a', description: 'd', software },
})
const backends = (more: Partial<Record<keyof typeof none, BackendReport>> = {}) => ({ ...none, ...more })
const none = { wasm: ran, webgpu: no, 'webnn-cpu': no, 'webnn-gpu': no, 'webnn-npu': no } as const

describe('Trials', () => {
  it('hold each browser as it is held by default, and a stock Firefox without a driver besides', () => {
    const ways = trialsOf([found('chromium'), found('firefox'), found('webkit')], [{ connect: 'http://h:1' }])
    expect(ways.map(({ source, launch, optional }) => [source.kind, launch.driver, optional])).toEqual([
      ['chromium', undefined, false],
      ['firefox', undefined, false],
      ['firefox', 'plain', true],
      ['webkit', undefined, true],
      [undefined, undefined, false],
    ])
  })

  it('take one of several names for one version, and both builds of Chromium', () => {
    const shell = found('chromium', { headlessShell: true })
    const all = [shell, found('chromium'), found('webkit'), found('webkit', { executablePath: '/other' })]
    expect(trialsOf(all, [])).toHaveLength(3)
    expect(trialsOf([found('edge', { version: '' }), found('edge', { version: '' })], [])).toHaveLength(2)
  })

  it('miss what was asked for and is not there', () => {
    expect(missingKinds(['edge', 'firefox'], [found('firefox')])).toEqual(['edge'])
    expect(missingKinds(undefined, [found('chromium')])).toContain('webkit')
  })
})

describe('Unverified', () => {
  const run = { kind: 'chromium', way: 'playwright', platform: 'linux', backends: backends() } as const
  it.each([
    ['nothing on Linux in Chromium on software', { backends: backends({ webgpu: on(true) }) }, []],
    ['Edge and Chrome themselves', { kind: 'edge' }, ['edge']],
    ['a hardware adapter', { backends: backends({ webgpu: on(false) }) }, ['hardware adapter']],
    ['WebNN that ran', { backends: backends({ 'webnn-npu': ran }) }, ['webnn-npu']],
    ['another system', { platform: 'darwin' }, ['darwin']],
    ['a WebKit that Playwright drives', { kind: 'webkit' }, ['webkit of Playwright’s build']],
    ['not a WebKitGTK without a driver', { kind: 'webkit', way: 'plain' }, []],
  ] as const)('%s', (_title, more, marks) => {
    expect(unverifiedIn({ ...run, ...more })).toEqual(marks)
  })
})

describe('Advice', () => {
  const capabilities: Capabilities = {
    isolated: true,
    cores: 2,
    threads: 2,
    wasm: { simd: true, threads: true },
    webnn: { cpu: false, gpu: false, npu: false },
    reasons: {},
  }
  it('says why there is no WebGPU, and what a software adapter is worth', () => {
    expect(adviceFor(capabilities, backends())).toEqual(['no WebGPU: not here'])
    expect(adviceFor(capabilities, backends({ webgpu: on(true) }))[0]).toContain('never preferred')
    expect(adviceFor(capabilities, backends({ webgpu: on(false) }))).toEqual([])
  })

  it('says that a page that is not isolated has one thread', () => {
    expect(adviceFor({ ...capabilities, isolated: false }, backends()).join()).toContain('one thread')
  })

  const machine: Machine = {
    platform: 'linux',
    uid: 1000,
    display: true,
    gpus: undefined,
    vulkanDrivers: ['x'],
  }
  it.each([
    ['root, about the sandbox', { uid: 0 }, undefined, 'sandbox'],
    ['a machine without a GPU', { gpus: [] }, undefined, 'drawn by the CPU'],
    ['no Vulkan driver', { vulkanDrivers: [] }, undefined, 'mesa-vulkan-drivers'],
    ['no display', { display: false }, undefined, 'xvfb-run'],
    ['a small /dev/shm', {}, 64 * 2 ** 20, '--shm-size'],
  ] as const)('for %s', (_title, more, shared, says) => {
    const advice = machineAdvice({ ...machine, ...more }, shared)
    expect(advice).toHaveLength(1)
    expect(advice[0]).toContain(says)
  })

  it('is silent where all is well', () => {
    expect(machineAdvice(machine, 2 ** 30)).toEqual([])
  })
})
