import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StressReport } from '../../src/stress/report.ts'
import { shoal } from './shoal.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-stress-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('shoal stress', () => {
  it('loses nothing, doubles nothing and answers right while browsers, pages and sockets go', async () => {
    const html = join(folder, 'report.html')
    const { code, stdout, stderr } = await shoal(
      ['stress', '--duration', '16', '--concurrency', '6', '--json', '--html', html].concat([
        '--chaos',
        'kill,renderer,cut',
        '--chaos-every',
        '3',
      ]),
    )
    const report = JSON.parse(stdout) as StressReport
    expect(report.problems, stderr).toEqual([])
    expect(report).toMatchObject({ ok: true, lost: 0, doubled: 0, wrong: 0, late: 0 })
    expect(code).toBe(0)
    expect(report.faults).toBeGreaterThanOrEqual(3)
    expect(report.struck.filter(({ inFlight }) => inFlight > 0).length).toBeGreaterThan(report.faults / 2)
    expect(report.accepted).toBe(report.answered + report.failed)
    // Every answer that the pages numbered came to one caller, or to none where its socket or page had gone.
    expect(report.pages.delivered).toBe(report.answered)
    expect(report.pages.made).toBeGreaterThanOrEqual(report.answered)
    expect(await readFile(html, 'utf8')).toContain('<svg')
    expect(report.connections.at(0)?.count).toBeGreaterThanOrEqual(1)
  })

  const wrong: readonly [title: string, args: readonly string[], said: RegExp][] = [
    ['a fault that there is none of', ['--chaos', 'flood'], /"flood" is none of kill, renderer/],
    ['a model that it does not have', ['--models', 'gpt'], /there is no "gpt"; use bert-encoder-tiny/],
    ['a trace that is not there', ['--trace', '/nowhere.csv'], /\/nowhere\.csv cannot be read/],
    ['a report that is none', ['--compare', '/etc/hostname'], /is no report of shoal stress/],
  ]
  it.each(wrong)('refuses %s in one line, with 2', async (_title, args, said) => {
    const { code, stderr } = await shoal(['stress', ...args])
    expect(code).toBe(2)
    expect(stderr).toMatch(said)
  })

  it('refuses a trace without times in one line, with 2', async () => {
    const trace = join(folder, 'trace.csv')
    await writeFile(trace, 'a,b\nno,time\n')
    const { code, stderr } = await shoal(['stress', '--trace', trace])
    expect(code).toBe(2)
    expect(stderr).toMatch(/no line begins with a time/)
  })
})
