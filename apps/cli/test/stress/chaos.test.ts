import { type BrowserInfo, DeadlineExceeded, Overloaded, PoisonRequest } from '@shoal/pool'
import { describe, expect, it } from 'vitest'
import { chaos } from '../../src/stress/chaos/Chaos.ts'
import { type Fault, type FaultName, faultNames, type Target } from '../../src/stress/chaos/Fault.ts'
import { whatHung } from '../../src/stress/chaos/HangingModel.ts'
import { SocketCutter } from '../../src/stress/chaos/SocketCutter.ts'
import type { StruckFault } from '../../src/stress/report.ts'

const browsers: readonly BrowserInfo[] = (['chromium', 'firefox'] as const).map(kind => ({
  id: `${kind}-1`,
  kind,
  version: '1',
  pid: 1,
  connections: ['c'],
  running: 1,
  isSpare: false,
}))

/** The first so many strikes: which, and where. */
async function strikes(seed: number, count: number): Promise<readonly (readonly [FaultName, string])[]> {
  const struck: (readonly [FaultName, string])[] = []
  const enough = new AbortController()
  const faults = faultNames.map(name => ({
    name,
    strike: async ({ victim }: Target) => {
      struck.push([name, victim.kind])
      if (struck.length === count) enough.abort()
      return { where: victim.id }
    },
  }))
  const options = { faults, everyMs: 1, seed, browsers: () => browsers, elapsed: () => 0, onStruck: () => {} }
  await chaos(options, enough.signal)
  return struck
}

describe('faults', () => {
  it('come each once in a round, in an order that the seed decides', async () => {
    const first = await strikes(1, 12)
    expect(
      first
        .slice(0, 6)
        .map(([name]) => name)
        .sort(),
    ).toEqual([...faultNames].sort())
    expect(
      first
        .slice(6)
        .map(([name]) => name)
        .sort(),
    ).toEqual([...faultNames].sort())
    expect(await strikes(1, 12)).toEqual(first)
    expect(await strikes(2, 12)).not.toEqual(first)
  })

  it('strike each kind of browser in turn', async () => {
    const kinds = (await strikes(3, 8)).map(([, kind]) => kind)
    expect(new Set(kinds)).toEqual(new Set(['chromium', 'firefox']))
    expect(kinds.filter(kind => kind === 'chromium')).toHaveLength(4)
  })

  /** What is recorded of this one's only strike. */
  const recordOf = async (strike: Fault['strike']) => {
    const struck: StruckFault[] = []
    const once = new AbortController()
    const fault: Fault = {
      name: 'cut',
      strike: (target, signal) => strike(target, signal).finally(() => once.abort()),
    }
    const options = { faults: [fault], everyMs: 1, seed: 1, browsers: () => browsers, elapsed: () => 7 }
    const over = chaos({ ...options, onStruck: one => struck.push(one) }, once.signal)
    return { struck, over }
  }

  it('are recorded with what they say that they struck, and not where they say that it was nothing', async () => {
    const everything = await recordOf(async () => ({ where: 'every page', inFlight: 2 }))
    await everything.over
    expect(everything.struck).toEqual([{ at: 7, fault: 'cut', where: 'every page', inFlight: 2 }])
    const nothing = await recordOf(async () => undefined)
    await nothing.over
    expect(nothing.struck).toEqual([])
  })

  it('that fail are told when all is over', async () => {
    const { over } = await recordOf(() => Promise.reject(new Error('no such process')))
    await expect(over).rejects.toThrow('no such process')
  })

  it('that cut sockets struck nothing where there was none', async () => {
    using cutter = new SocketCutter()
    const [victim] = browsers
    if (victim === undefined) throw new Error('no browser')
    expect(await cutter.fault.strike({ victim, all: browsers }, new AbortController().signal)).toBeUndefined()
  })
})

describe('a request that hangs', () => {
  const late = (phase: 'waiting' | 'running') =>
    new DeadlineExceeded({ model: 'hang', deadlineMs: 2000, phase, message: '' })
  const poison = new PoisonRequest({ model: 'hang', lanes: ['a/1', 'b/1'], causes: [], message: '' })
  const full = new Overloaded({ waiting: 1, retryAfterMs: 1, message: '' })
  it.each([
    ['a lane, where it ended at its deadline while it ran', late('running'), { where: 'a lane' }],
    ['the lanes that died of it', poison, { where: 'a/1, b/1' }],
    ['nothing, where it only waited', late('waiting'), undefined],
    ['nothing, where it was refused', full, undefined],
  ])('struck %s', (_, error, struck) => {
    expect(whatHung(error)).toEqual(struck)
  })
})
