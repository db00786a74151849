// When a run on a device that joins is given up, by the clock that the test moves.
import type { DeviceInfo } from '@shoal/pool'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NobodyJoined } from '../../src/join/NobodyJoined.ts'
import { watchForNobody } from '../../src/join/watchForNobody.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const device = (id: string, state: DeviceInfo['state'] = 'working'): DeviceInfo => ({
  id,
  browser: { kind: 'safari', version: '26.1', userAgent: '' },
  state,
  reason: undefined,
  lanes: [],
  running: 0,
  answered: 0,
})

/** Who is there from which second on; the address is open for 120 s. */
function watched(changes: Readonly<Record<number, readonly DeviceInfo[]>>) {
  let here: readonly DeviceInfo[] = []
  for (const [second, devices] of Object.entries(changes))
    setTimeout(() => {
      here = devices
    }, Number(second) * 1000)
  const gaveUp: { readonly second: number; readonly message: string }[] = []
  const start = performance.now()
  const end = watchForNobody({ devices: () => here }, 120, (error: NobodyJoined) => {
    gaveUp.push({ second: Math.floor((performance.now() - start) / 1000), message: error.message })
  })
  return { gaveUp, end }
}

const never = /^No device has joined within 120 s/
const left = /^device-1 joined and left before it had the model, and the address expired after 120 s/

describe('A run on a device that joins', () => {
  it.each<[string, Record<number, readonly DeviceInfo[]>, number, RegExp]>([
    ['nobody came', {}, 120, never],
    ['who came left before the address expired', { 10: [device('device-1')], 20: [] }, 120, left],
    ['who came at the last moment left after it', { 119: [device('device-1')], 125: [] }, 125, left],
    [
      'who was away was given up',
      { 5: [device('device-1')], 100: [device('device-1', 'away')], 700: [] },
      700,
      left,
    ],
  ])('is given up where %s, once and truly said', async (_, changes, second, says) => {
    const { gaveUp } = watched(changes)
    await vi.advanceTimersByTimeAsync(1_000_000)
    expect(gaveUp).toEqual([{ second, message: expect.stringMatching(says) }])
  })

  it('waits for who is there as long as it takes, and for nobody when it is over', async () => {
    const { gaveUp, end } = watched({ 119: [device('device-1')], 2000: [] })
    await vi.advanceTimersByTimeAsync(1_900_000)
    end()
    await vi.advanceTimersByTimeAsync(1_000_000)
    expect(gaveUp).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})
