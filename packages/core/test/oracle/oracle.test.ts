// Random supervision scripts on Erlang/OTP's own supervisor and on core: the same trace, step by step. Then the rules
// of Strategy and RestartWindow are broken, one at a time: each is seen. `npm run oracle` runs more.

import { beforeAll, describe, expect, test, vi } from 'vitest'
import { compare, firstDivergence, type Outcome } from './Comparison.ts'
import { cells } from './Coverage.ts'
import { generateScripts } from './Generator.ts'
import { mutants, type Rules } from './Mutants.ts'
import { findErl } from './Otp.ts'

const { broken } = vi.hoisted(() => ({ broken: { rules: {} as Partial<Rules> } }))

vi.mock('../../src/Strategy.ts', async importOriginal => {
  const right = await importOriginal<typeof import('../../src/Strategy.ts')>()
  return {
    ...right,
    shouldRestart: (...args: Parameters<Rules['shouldRestart']>) =>
      (broken.rules.shouldRestart ?? right.shouldRestart)(...args),
    restartGroup: (...args: Parameters<Rules['restartGroup']>) =>
      (broken.rules.restartGroup ?? right.restartGroup)(...args),
    endsSupervisor: (...args: Parameters<Rules['endsSupervisor']>) =>
      (broken.rules.endsSupervisor ?? right.endsSupervisor)(...args),
  }
})
vi.mock('../../src/RestartWindow.ts', async importOriginal => {
  const right = await importOriginal<typeof import('../../src/RestartWindow.ts')>()
  return {
    ...right,
    addRestart: (...args: Parameters<Rules['addRestart']>) =>
      (broken.rules.addRestart ?? right.addRestart)(...args),
  }
})

const count = 300
const seed = Number(process.env['SHOAL_ORACLE_SEED'] ?? 1)
const erl = findErl()
const title =
  erl === undefined
    ? 'skipped: no Erlang here (install erlang-base, or set SHOAL_ERL to the path of erl)'
    : `${count} scripts, seed ${seed}`
const say = (line: string) => void process.stdout.write(`${line}\n`)

describe.skipIf(erl === undefined)(`core beside Erlang/OTP: ${title}`, () => {
  const scripts = generateScripts(seed, count)
  let outcome: Outcome
  beforeAll(async () => {
    outcome = await compare(erl ?? '', scripts)
    for (const line of outcome.coverage.lines()) say(line)
    say(`oracle: ${scripts.length} scripts, ${outcome.steps} steps, seed ${seed}`)
  }, 180_000)

  test('every script leaves the same trace', () => {
    expect(outcome.divergences.slice(0, 3)).toEqual([])
    expect(outcome.otp.size).toBe(count)
  })

  test('they bring about every kind of exit, for each strategy and restart type, in each phase', () => {
    expect(cells).toHaveLength(188)
    expect(outcome.coverage.empty).toEqual([])
  })

  test.each(mutants)('it is seen when $name', { timeout: 60_000 }, async ({ breaks }) => {
    const rules = await vi.importActual<Rules>('../../src/Strategy.ts')
    const window = await vi.importActual<Rules>('../../src/RestartWindow.ts')
    broken.rules = breaks({ ...rules, ...window })
    try {
      expect(await firstDivergence(scripts, outcome.otp)).toBeDefined()
    } finally {
      broken.rules = {}
    }
  })
})
