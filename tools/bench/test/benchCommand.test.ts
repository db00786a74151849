import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { benchTable } from '../BenchReport.ts'
import { benchCommand } from '../benchCommand.ts'

const fixture = fileURLToPath(new URL('fixture', import.meta.url))

async function run(...args: string[]) {
  const out: string[] = []
  const err: string[] = []
  const code = await benchCommand(args, fixture, { out: line => out.push(line), err: line => err.push(line) })
  return { code, out, err }
}

describe('npm run bench', () => {
  it('-- NAME --json prints one document of the agreed shape, alone', async () => {
    const { code, out, err } = await run('tiny', '--json')
    expect(code).toBe(0)
    expect(out).toHaveLength(1)
    expect(JSON.parse(out[0] ?? '')).toEqual({
      bench: 'tiny',
      machine: expect.stringContaining('Node'),
      commit: expect.stringMatching(/^[0-9a-f]{12}(-dirty)?$|^unknown$/),
      rows: [
        {
          name: 'ten',
          value: 10,
          unit: 'ms',
          beside: 'four',
          besideValue: 4,
          ratio: 2.5,
          n: 5,
          spread: [10, 10],
          aim: 'at most 3 times',
          met: true,
        },
        {
          name: 'alone',
          value: null,
          unit: 'ms',
          beside: null,
          besideValue: null,
          ratio: null,
          n: 0,
          spread: null,
          aim: null,
          met: null,
        },
      ],
    })
    expect(err).toContain('tiny: counting: 5 of 5 pairs')
  })

  it('prints a table with medians, spread, ratio, count and aim', async () => {
    const { out } = await run('tiny')
    expect(out[2]).toMatch(/^ten +10 ms +10 – 10 +4 ms +four +× 2\.5 +5 +met: at most 3 times$/)
  })

  it('without a name runs all; one that fails is told and does not stop the others', async () => {
    const { code, out, err } = await run('--json')
    const { bench, rows } = JSON.parse(out[0] ?? '')
    expect(code).toBe(1)
    expect(bench).toBe('all')
    expect(rows[0].name).toBe('tiny: ten')
    expect(err.some(line => line.startsWith('broken failed: Error: no figure'))).toBe(true)
  })

  it('refuses a name that is none, and says which there are', async () => {
    expect(await run('tinny')).toEqual({
      code: 2,
      out: [],
      err: ["There is no bench 'tinny'. There are: broken, tiny."],
    })
  })

  it('--only runs the parts that it names', async () => {
    const { out } = await run('tiny', '--only', 'alone', '--json')
    expect(JSON.parse(out[0] ?? '').rows.map((row: { name: string }) => row.name)).toEqual(['alone'])
  })

  it('refuses --only for a part that is none, and for more than one bench', async () => {
    expect(await run('tiny', '--only', 'alone,all')).toEqual({
      code: 2,
      out: [],
      err: ["The bench 'tiny' has no part 'all'. It has: alone (a figure without a value)."],
    })
    const { code, err } = await run('--only', 'alone')
    expect([code, err]).toEqual([2, ['--only names parts of one bench: npm run bench -- NAME --only alone']])
  })

  it('--list says which there are, what each measures, and its parts', async () => {
    expect((await run('--list')).out).toEqual([
      'broken  fails',
      'tiny  two figures that are known',
      '  --only alone  a figure without a value',
    ])
  })

  it('--help says how it is called, and runs nothing', async () => {
    const { code, out, err } = await run('--help')
    expect([code, err]).toEqual([0, []])
    expect(out.join('\n')).toMatch(/--list.*\n.*--only.*\n.*--json/)
  })

  it('refuses an option that is none in one line', async () => {
    expect(await run('tiny', '--jsno')).toEqual({
      code: 2,
      out: [],
      err: ["Unknown option '--jsno'; see npm run bench -- --help"],
    })
  })
})

describe('the table', () => {
  const row = { name: 'a', value: 1, unit: 'ms', n: 1, aim: 'at most 2 ms' }
  it.each([
    [{ met: true }, 'met: at most 2 ms'],
    [{ met: false }, 'NOT met: at most 2 ms'],
    [{}, '1  at most 2 ms'],
  ])('shows an aim with %j as %s', (met, shown) => {
    expect(benchTable([{ ...row, ...met }])[1]).toContain(shown)
  })
})
