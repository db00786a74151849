// One socket to one page, with a socket and a stream that do what the test says: pings, and how much flow it takes.
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { joinChunks } from '@shoal/tensor'
import { expect, it, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { Link, unpromptedFrames } from '../../../src/node/link/Link.ts'
import { encodeFrame } from '../../../src/protocol/codec.ts'
import {
  chunkBytes,
  chunkHead,
  creditFrame,
  cutFrame,
  overdraftBytes,
  windowBytes,
} from '../../../src/protocol/flowFrames.ts'
import { defaultLimits, protocolVersion, type Welcome } from '../../../src/protocol/messages.ts'

class ToldSocket extends EventEmitter {
  readonly OPEN = 1
  readyState = 1
  pings = 0
  closedWith: number | undefined
  send(): void {}
  close(code: number): void {
    this.closedWith ??= code
    this.readyState = 2
  }
  terminate(): void {}
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

it('ends its own socket alone where what takes its messages throws', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const { socket, link } = linked()
  let heard = 0
  link.onMessage(() => {
    heard++
    throw new Error('no such place')
  })
  socket.emit('message', Buffer.from(joinChunks(encodeFrame({ t: 'beat', mainAgeMs: 0 }))), true)
  expect(socket.closedWith).toBe(1011)
  // More comes until it is closed; nobody hears that.
  socket.emit('message', Buffer.from(joinChunks(encodeFrame({ t: 'beat', mainAgeMs: 0 }))), true)
  expect([heard, warned.mock.calls.length]).toEqual([1, 1])
  expect(warned.mock.calls[0]?.[0]).toMatchObject({ message: expect.stringContaining('no such place') })
  warned.mockRestore()
  socket.ends()
  expect(await link.closed).toMatchObject({ detail: 'the host failed at a message' })
})

const welcome: Welcome = {
  t: 'welcome',
  protocol: protocolVersion,
  build: 'b1',
  connection: 'c',
  beatMs: 1_000,
  filesBase: '/f/',
  runtimeBase: '/r/',
  limits: defaultLimits,
}
const chunk = (number: number, total: number) =>
  Buffer.concat([chunkHead(number, total), Buffer.alloc(chunkBytes)])

it.each<[string, (nth: number) => readonly Buffer[]]>([
  ['credits', () => [Buffer.from(creditFrame(1))]],
  ['frames that it begins and cuts off', nth => [chunk(nth, 8 * chunkBytes), Buffer.from(cutFrame(nth))]],
])('shuts a page out that floods with %s', async (_what, messages) => {
  const { socket, link } = linked()
  link.send(welcome)
  let sent = 0
  while (socket.closedWith === undefined && sent < 5_000) {
    for (const message of messages(sent++)) socket.emit('message', message, true)
  }
  expect(socket.closedWith).toBe(1008)
  expect(sent).toBeLessThan(3 * unpromptedFrames)
  socket.ends()
  expect(await link.closed).toMatchObject({ fault: 'FrameFlood' })
})

const beatBytes = joinChunks(encodeFrame({ t: 'hostBeat' })).length

it('shuts a page out that takes nothing of what leaves at once, before that is much', async () => {
  const { socket, link } = linked()
  link.send(welcome)
  const most = (windowBytes + chunkBytes + overdraftBytes) / beatBytes + 1
  let sent = 0
  while (socket.closedWith === undefined && sent <= most) {
    link.send({ t: 'hostBeat' })
    sent++
  }
  expect(socket.closedWith).toBe(1008)
  socket.ends()
  expect(await link.closed).toMatchObject({ fault: 'FrameFlood' })
})

it('says as much at once as there is to say to a page that takes it', () => {
  const { socket, link } = linked()
  link.send(welcome)
  const each = Math.ceil((2 * chunkBytes) / beatBytes)
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < each; n++) link.send({ t: 'hostBeat' })
    socket.emit('message', Buffer.from(creditFrame(each * beatBytes)), true)
  }
  expect(20 * each * beatBytes).toBeGreaterThan(2 * windowBytes)
  expect(socket.closedWith).toBeUndefined()
  socket.ends()
})

it('takes as many credits and cuts as what it sends gives reason for, however many', () => {
  const { socket, link } = linked()
  link.send(welcome)
  const tensor = {
    name: 'x',
    dtype: 'uint8',
    dims: [64 * chunkBytes],
    data: new Uint8Array(64 * chunkBytes),
  } as const
  for (let id = 0; id < 100; id++) {
    link.send({
      t: 'run',
      id,
      lane: 1,
      model: 'm',
      input: { kind: 'tensors' },
      deadlineMs: 1,
      tensors: [tensor],
    })
    // A page says what it took by the half mebibyte, and cuts off an answer that it had begun.
    for (let half = 0; half < 32; half++)
      socket.emit('message', Buffer.from(creditFrame(2 * chunkBytes)), true)
    link.send({ t: 'cancel', id, lane: 1 })
    socket.emit('message', chunk(id, 8 * chunkBytes), true)
    socket.emit('message', Buffer.from(cutFrame(id)), true)
  }
  expect(socket.closedWith).toBeUndefined()
  socket.ends()
})
