// What becomes of a lane, and of what waits on it, when the run that it is at is given up.

import { LaneLost, RequestCancelled } from '@shoal/browser-bridge'
import { describe, expect, it } from 'vitest'
import { poolOf, work } from './dispatched.ts'
import { simulatedLane } from './simulatedLane.ts'

describe('the time that a lane has to end a run that was given up', () => {
  /** Of a request of a minute, where such runs took so long, if they were measured. */
  const timeOn = (measuredMs: number | undefined, warm: boolean, terminateAfterMs = 10_000): unknown => {
    const { hold, history, ledger } = poolOf(work, () => performance.now(), { terminateAfterMs })
    if (measuredMs !== undefined) history.record('m', { browser: 'chromium', backend: 'wasm' }, measuredMs)
    const lane = simulatedLane('a')
    hold(lane, { warm })
    ledger.accept({ model: 'm', input: work, priority: 0, deadlineMs: 60_000, settle: () => {} })
    return lane.held[0]?.options.terminateAfterMs
  }

  it('is what the pool was told, and more where such runs take longer', () => {
    expect(timeOn(50, true)).toBe(10_000)
    expect(timeOn(6_000, true)).toBe(24_000)
  })

  it("is the run's own deadline where such runs were never measured, or it is the first on its lane", () => {
    const about = (ms: unknown) => Math.round(Number(ms) / 1000)
    expect(about(timeOn(undefined, true))).toBe(60)
    expect(about(timeOn(50, false))).toBe(60)
    expect(about(timeOn(undefined, true, 90_000))).toBe(90)
  })

  it('is as long as it takes where the pool was told so', () => {
    expect(timeOn(50, true, Number.POSITIVE_INFINITY)).toBeUndefined()
  })
})

it('runs what waited behind it again each time that a lane is ended for it, and blames none of that', async () => {
  const { ask, hold, dispatcher, ledger, ends } = poolOf()
  ask()
  for (const id of ['a', 'b', 'c']) {
    const given = new AbortController()
    const lane = simulatedLane(id)
    ask('m', given.signal)
    hold(lane)
    expect(lane.held).toHaveLength(2)
    given.abort()
    // The one that was given up is at work, whichever was asked first.
    const at = lane.held.findIndex(({ options }) => options.signal?.aborted === true)
    lane.held.splice(at, 1)[0]?.reject(new RequestCancelled({ lane: id }))
    dispatcher.removeLane(id)
    await lane.fail(new LaneLost({ lane: id, reason: 'it was terminated', begun: false }))
  }
  expect(ends.map(end => end._tag === 'failed' && (end.error as { _tag: string })._tag)).toEqual(
    ['a', 'b', 'c'].map(() => 'RequestAborted'),
  )
  expect(ledger.counts()).toMatchObject({ rerun: 3, waiting: 1 })
  const last = simulatedLane('d')
  hold(last)
  await last.answer()
  expect(ends.at(-1)?._tag).toBe('answered')
})
