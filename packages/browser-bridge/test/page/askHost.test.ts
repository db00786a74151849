// How long a page waits to hear whether its host is there at all.
import { createServer, type Socket } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { askHost } from '../../src/page/askHost.ts'

afterEach(() => {
  vi.useRealTimers()
})

it('a host that takes the connection and says nothing is not waited for longer than its limit', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const sockets: Socket[] = []
  const server = createServer()
  const dialled = new Promise<void>(resolve => {
    server.on('connection', socket => {
      sockets.push(socket.on('error', () => {}))
      resolve()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  const answered = vi.fn()
  const over = new Promise<void>(resolve => {
    askHost(`ws://127.0.0.1:${port}/join`, 1_000, { answered, over: resolve })
  })
  await dialled
  await vi.advanceTimersByTimeAsync(10_000)
  await over
  expect(answered).not.toHaveBeenCalled()
  for (const socket of sockets) socket.destroy()
  server.close()
})
