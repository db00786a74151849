// Where a browser and its connections meet: who waits, and when a browser that runs is given up.
import { Effect, Fiber } from 'effect'
import { describe, expect, it } from 'vitest'
import { BrowserSlot } from '../../src/node/BrowserSlot.ts'
import type { Browser } from '../../src/node/browsers/Browser.ts'

const browser = (pid: number): Browser => ({
  kind: 'chromium',
  version: '1',
  way: 'playwright',
  warnings: [],
  pid,
  profile: '/p',
  openPage: () => Effect.die('not here'),
  exited: new Promise(() => {}),
  tree: () => Promise.resolve({ pids: [pid], pssBytes: undefined }),
  close: () => Effect.void,
})

/** Whether a promise has settled by now. */
const settled = (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    promise.then(() => true),
    new Promise<boolean>(resolve => setImmediate(() => resolve(false))),
  ])

describe('A slot', () => {
  it('gives everybody who waits the browser that is put in', async () => {
    const slot = new BrowserSlot()
    const waiting = [Effect.runPromise(slot.ready), Effect.runPromise(slot.ready)]
    slot.put(browser(1))
    expect((await Promise.all(waiting)).map(({ pid }) => pid)).toEqual([1, 1])
    expect((await Effect.runPromise(slot.ready)).pid).toBe(1)
  })

  it('forgets who stopped waiting', async () => {
    const slot = new BrowserSlot()
    const fiber = Effect.runFork(slot.ready)
    await Effect.runPromise(Fiber.interrupt(fiber))
    slot.put(browser(1))
    expect(slot.current?.pid).toBe(1)
  })

  it('is not emptied by the end of a browser that it no longer holds', () => {
    const slot = new BrowserSlot()
    const [first, second] = [browser(1), browser(2)]
    slot.put(first)
    slot.put(second)
    slot.clear(first)
    expect(slot.current).toBe(second)
    slot.clear(second)
    expect(slot.current).toBeUndefined()
  })

  it('gives a browser up after two pages in a row that failed, and counts anew for the next one', async () => {
    const slot = new BrowserSlot()
    slot.put(browser(1))
    slot.pageFailed('no answer')
    slot.pageArrived()
    slot.pageFailed('no answer')
    expect(await settled(slot.hopeless)).toBe(false)
    slot.pageFailed('no answer within 15 s')
    expect(await slot.hopeless).toBe('2 pages in a row failed, the last one: no answer within 15 s')
    slot.put(browser(2))
    expect(await settled(slot.hopeless)).toBe(false)
  })
})
