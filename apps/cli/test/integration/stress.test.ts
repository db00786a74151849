import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OverloadReport } from '../../src/stress/overload/OverloadReport.ts'
import type { StressReport } from '../../src/stress/report.ts'
import { shoal } from './shoal.ts'

const long = process.env['CI'] !== undefined || process.env['SHOAL_LONG'] === '1'
const shorter = (seconds: string) => (long ? '' : ` (${seconds} s with SHOAL_LONG=1)`)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-stress-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('shoal stress', () => {
  it('loses nothing, doubles nothing and answers right while browsers, pages and sockets go', async () => {
    const html = join(folder, 'report.html')
    const { code, stdout, stderr } = await shoal(
      ['stress', '--duration', '11', '--concurrency', '6', '--json', '--html', html].concat([
        '--chaos',
        'kill,renderer,cut',
        '--chaos-every',
        '2',
      ]),
    )
    const report = JSON.parse(stdout) as StressReport
    expect(report.problems, stderr).toEqual([])
    expect(report).toMatchObject({ ok: true, lost: 0, doubled: 0, wrong: 0, late: 0 })
    expect(code).toBe(0)
    expect(report.faults).toBeGreaterThanOrEqual(3)
    expect(report.struck.filter(({ inFlight = 0 }) => inFlight > 0).length).toBeGreaterThan(report.faults / 2)
    expect(report.accepted).toBe(report.answered + report.failed)
    // Every answer that the pages numbered came to one request, those of the last questions included, or to none.
    const { made, delivered, undelivered, asked, silent } = report.pages
    expect(delivered).toBeGreaterThan(report.answered)
    expect(undelivered).toBe(made - delivered)
    expect(asked + silent).toBeGreaterThan(0)
    expect(await readFile(html, 'utf8')).toContain('<svg')
    expect(report.connections.at(0)?.count).toBeGreaterThanOrEqual(1)
  })

  it.skipIf(!long)(
    `loses nothing, doubles nothing and answers right while pages hang, stop and are slow${long ? '' : ' (skipped: set SHOAL_LONG=1)'}`,
    { timeout: 300_000 },
    async () => {
      const { stdout, stderr } = await shoal(
        ['stress', '--duration', '24', '--concurrency', '6', '--json'].concat([
          '--chaos',
          'hang,stop,slow',
          '--chaos-every',
          '4',
        ]),
      )
      const report = JSON.parse(stdout) as StressReport
      expect(report.problems, stderr).toEqual([])
      expect(report).toMatchObject({ ok: true, lost: 0, doubled: 0, wrong: 0, late: 0 })
      expect(report.faults).toBeGreaterThanOrEqual(2)
      expect(report.accepted).toBe(report.answered + report.failed)
    },
  )

  it(`answers what it accepts and refuses the rest while ten times as much is asked as it can do${shorter('8')}`, {
    timeout: 300_000,
  }, async () => {
    const { code, stdout, stderr } = await shoal(
      ['stress', '--overload', '10', '--duration', long ? '8' : '6', '--max-connections', '2'].concat([
        '--models',
        'bert',
        '--json',
      ]),
    )
    const report = JSON.parse(stdout) as OverloadReport
    expect(report, stderr).toMatchObject({ lost: 0, doubled: 0, wrong: 0, late: 0 })
    expect(code).toBe(report.ok ? 0 : 1)
    expect(report.refused).toBeGreaterThan(report.accepted)
    expect(report.asked).toBe(report.accepted + report.refused)
    expect(report.accepted).toBe(report.answered + report.failed)
    expect(report.rows).toMatchObject([{ answered: report.answered }])
    // Of the command's rules those that hang on the machine's pace are left to its exit code, and of memory a few
    // seconds say little: only that what is asked, ten times what can be done, is not kept.
    const pace = /more than its bound|had not recovered|the memory of this process grows/
    expect(report.problems.filter(problem => !pace.test(problem))).toEqual([])
    const held = report.memory.map(({ y }) => y)
    expect(held.length).toBeGreaterThan(2)
    expect(Math.max(...held)).toBeLessThan(3 * (held[0] ?? 0))
  })

  it(`says of a long load whether memory is flat, with charts of it${shorter('15')}`, {
    timeout: 300_000,
  }, async () => {
    const html = join(folder, 'soak.html')
    const { stdout, stderr } = await shoal([
      'stress',
      '--soak',
      // Two readings of memory at least: one every 5 s.
      long ? '0.25' : '0.13',
      // One whose first request is soon.
      '--seed',
      '20261124',
      '--max-connections',
      '1',
      '--models',
      'bert',
      '--json',
      '--html',
      html,
    ])
    const report = JSON.parse(stdout) as StressReport
    expect(report, stderr).toMatchObject({ lost: 0, wrong: 0 })
    expect(report.answered).toBeGreaterThan(0)
    expect(report.load).toMatch(/open load, 2 a second/)
    expect(report.soak?.readings.host.length).toBeGreaterThanOrEqual(2)
    const page = await readFile(html, 'utf8')
    for (const title of ['Memory that this process holds', 'Memory of the browsers', 'Restarts'])
      expect(page).toContain(title)
  })

  const wrong: readonly [title: string, args: readonly string[], said: RegExp][] = [
    ['a fault that there is none of', ['--chaos', 'flood'], /"flood" is none of kill, renderer/],
    ['a model that it does not have', ['--models', 'gpt'], /there is no "gpt"; use bert, vit, whisper/],
    ['a trace that is not there', ['--trace', '/nowhere.csv'], /\/nowhere\.csv cannot be read/],
    ['a report that is none', ['--compare', '/etc/hostname'], /is no report of this version’s shoal stress/],
  ]
  it.concurrent.each(wrong)('refuses %s in one line, with 2', async (_title, args, said) => {
    const { code, stderr } = await shoal(['stress', ...args])
    expect(code).toBe(2)
    expect(stderr).toMatch(said)
  })

  it.concurrent('refuses a trace without times in one line, with 2', async () => {
    const trace = join(folder, 'trace.csv')
    await writeFile(trace, 'a,b\nno,time\n')
    const { code, stderr } = await shoal(['stress', '--trace', trace])
    expect(code).toBe(2)
    expect(stderr).toMatch(/no line begins with a time/)
  })
})
