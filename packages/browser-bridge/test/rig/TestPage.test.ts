// The rig itself: no test waits for a page that is gone.
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { Flow } from '../../src/protocol/Flow.ts'
import { hello } from './FakePage.ts'
import { TestPage } from './TestPage.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const open = () => {
  const socket = new EventEmitter()
  const page = new TestPage(
    socket as unknown as WebSocket,
    hello('token', 'build'),
    new Flow({ write: () => {} }),
  )
  const wait = () => page.next(message => (message.t === 'unloaded' ? true : undefined))
  return { socket, page, wait }
}

it('ends every wait with the socket, and every later one at once', async () => {
  const { socket, wait } = open()
  const pending = wait()
  socket.emit('close', 1006)
  await expect(pending).rejects.toThrow("the page's socket closed (1006)")
  await expect(wait()).rejects.toThrow('closed')
})

it('ends every wait when not even a beat came for a while', async () => {
  const { page, wait } = open()
  const pending = wait()
  pending.catch(() => {})
  await vi.advanceTimersByTimeAsync(14_000)
  page.receive({ t: 'beat', mainAgeMs: 0 })
  await vi.advanceTimersByTimeAsync(14_000)
  page.receive({ t: 'unloaded', id: 1 })
  expect(await pending).toBe(true)
  const next = wait()
  next.catch(() => {})
  await vi.advanceTimersByTimeAsync(15_000)
  await expect(next).rejects.toThrow('said nothing for 15000 ms')
})
