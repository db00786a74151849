// One socket to one page, with a socket and a stream that do what the test says.
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { Link } from '../../../src/node/link/Link.ts'

class ToldSocket extends EventEmitter {
  readonly OPEN = 1
  readyState = 1
  pings = 0
  ping(): void {
    this.pings += 1
  }
  ends(): void {
    this.readyState = 3
    this.emit('close', 1006, Buffer.alloc(0))
  }
}

const linked = () => {
  const socket = new ToldSocket()
  return { socket, link: new Link(socket as unknown as WebSocket, new PassThrough()) }
}

it('says that the other end’s socket has answered a ping', async () => {
  const { socket, link } = linked()
  const answer = link.ping()
  socket.emit('pong')
  expect(await answer).toBe('answered')
  expect(socket.pings).toBe(1)
})

it('says of a ping that was never answered that the socket is closed, and leaves nothing behind', async () => {
  const { socket, link } = linked()
  const answers = [link.ping(), link.ping()]
  socket.ends()
  expect(await Promise.all(answers)).toEqual(['closed', 'closed'])
  expect(socket.listenerCount('pong')).toBe(0)
})

it('asks nothing over a socket that is closed', async () => {
  const { socket, link } = linked()
  socket.ends()
  expect(await link.ping()).toBe('closed')
  expect(socket.pings).toBe(0)
})
