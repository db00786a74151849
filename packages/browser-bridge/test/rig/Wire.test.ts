// What a muted wire still carries, between a bare client and a bare server.
import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { Wire } from '../integration/deaths/Wire.ts'

it('carries nothing on the WebSockets of before, and goes on with HTTP, on connections kept alive too', async () => {
  await using rig = new AsyncDisposableStack()
  const server = createServer({ keepAliveTimeout: 600_000 }, (_request, response) => response.end('here'))
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', socket => socket.on('message', said => socket.send(String(said))))
  server.listen(0, '127.0.0.1')
  rig.defer(() => void server.close())
  await once(server, 'listening')
  const wire = rig.use(await Wire.to((server.address() as AddressInfo).port))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  rig.defer(() => agent.destroy())
  const asked = async () => {
    const request = get({ host: '127.0.0.1', port: wire.port, agent })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    await response.resume().toArray()
    return [response.statusCode, request.reusedSocket]
  }
  const dial = async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${wire.port}`)
    rig.defer(() => socket.terminate())
    await once(socket, 'open')
    return socket
  }
  expect(await asked()).toEqual([200, false])
  const before = await dial()
  before.send('before')
  await once(before, 'message')
  wire.mute()
  let heard = 0
  before.on('message', () => heard++)
  before.send('after')
  const after = await dial()
  after.send('after')
  await once(after, 'message')
  expect(await asked()).toEqual([200, true])
  expect(heard).toBe(0)
})
