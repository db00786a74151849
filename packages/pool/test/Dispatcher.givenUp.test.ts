// What becomes of a lane, and of what waits on it, when the run that it is at is given up.

import { LaneLost, RequestCancelled } from '@shoal/browser-bridge'
import { expect, it } from 'vitest'
import { poolOf } from './dispatched.ts'
import { simulatedLane } from './simulatedLane.ts'

it('gives a lane its time to end a run that was given up: more where such runs take longer', () => {
  const { ask, hold, history } = poolOf()
  const [unknown, slow] = [simulatedLane('a', { depth: 1 }), simulatedLane('b', { depth: 1 })]
  hold(unknown)
  ask()
  expect(unknown.held[0]?.options.terminateAfterMs).toBe(10_000)
  history.record('m', { browser: 'chromium', backend: 'wasm' }, 6_000)
  hold(slow)
  ask()
  expect(slow.held[0]?.options.terminateAfterMs).toBe(24_000)
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
