import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserKind, discover } from '@shoal/browser-bridge'
import { Effect } from 'effect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DemoReport } from '../../src/demo/report.ts'
import type { MachineReport } from '../../src/doctor/machineReport.ts'
import { leftNow, leftovers } from './leftovers.ts'
import { shoal, start } from './shoal.ts'

const hasProc = existsSync('/proc/self/cmdline')

let kinds: Set<BrowserKind>
let temporary: string

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'shoal-demo-'))
  kinds = new Set((await Effect.runPromise(discover())).map(browser => browser.kind))
})

afterAll(() => rm(temporary, { recursive: true, force: true }))

describe('shoal demo', () => {
  it('answers everything right through the death of a browser, on every kind of browser, WASM and WebGPU', async () => {
    const { code, stdout, stderr } = await shoal(['demo', '--json', '--duration', '5'])
    const report = JSON.parse(stdout) as DemoReport
    expect(report.problems, stderr).toEqual([])
    expect(report).toMatchObject({ ok: true, weights: 'seeded weights' })
    expect(code).toBe(0)
    expect(report.restarts).toBeGreaterThanOrEqual(1)
    expect(report.rerun).toBeGreaterThanOrEqual(1)
    expect(report.recoveryMs).toBeGreaterThan(0)
    expect(new Set(report.models.map(({ type }) => type))).toEqual(
      new Set(['text_embedding', 'vision', 'audio']),
    )
    const browsers = new Set(report.models.map(({ browser }) => browser.split(' ')[0]))
    expect(browsers.size).toBeGreaterThanOrEqual(Math.min(2, kinds.size))
    expect(report.models.some(({ backend }) => backend === 'wasm')).toBe(true)
    expect(report.models.some(({ backend, adapter }) => backend === 'webgpu' && adapter !== 'none')).toBe(
      true,
    )
    expect(report.models.every(({ lost, matches }) => lost === 0 && matches)).toBe(true)
  })

  it.skipIf(!hasProc)(
    'closes its browsers on Ctrl-C, in the middle of the work, and exits with 130 (reads /proc)',
    async () => {
      const running = start(['demo', '--duration', '60'], { TMPDIR: temporary })
      await running.said('loading')
      running.child.kill('SIGINT')
      const { code, stderr } = await running.ended
      expect(stderr).toMatch(/SIGINT: closing the browsers/)
      expect(code).toBe(130)
      expect(await leftovers(temporary)).toEqual({ processes: [], files: [] })
    },
  )
})

interface DoctorReport {
  readonly machine: MachineReport
  readonly browsers: readonly { kind: BrowserKind; state: string; optional: boolean; threads?: number }[]
}

describe('shoal doctor', () => {
  it('says for each browser found what really works there, after it has cleaned up after a demo that was killed outright (reads /proc)', async () => {
    // Of one kind: what is left of each, and that it goes, is browser-bridge's.
    const [kind = 'chromium'] = kinds
    const running = start(['demo', '--duration', '60', '--browsers', kind], { TMPDIR: temporary })
    await running.said('loading')
    running.child.kill('SIGKILL')
    await running.ended
    if (hasProc) expect((await leftNow(temporary)).files).not.toEqual([])
    // Not WebKit, an extra that takes its time where it is there.
    const args = ['doctor', '--json', '--browsers', [...kinds].join()]
    const { code, stdout } = await shoal(args, { TMPDIR: temporary })
    if (hasProc) expect(await leftovers(temporary)).toEqual({ processes: [], files: [] })
    const { machine, browsers } = JSON.parse(stdout) as DoctorReport
    expect(code).toBe(0)
    expect(machine).toMatchObject({ node: process.version, chromiumSandbox: expect.stringMatching(/on|off/) })
    const working = browsers.filter(browser => browser.state === 'works' && !browser.optional)
    expect(new Set(working.map(({ kind }) => kind))).toEqual(kinds)
    expect(working.every(({ threads = 0 }) => threads >= 1)).toBe(true)
  })
})
