// The gateway behind a real HTTP server: what becomes of the sockets that it does not let in, and who waits for whose
// wrong tokens. Each peer has the network address that the test says.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { attemptsAllowed } from '../../../src/node/host/FailedAttempts.ts'
import { Gateway } from '../../../src/node/host/Gateway.ts'
import { JoinDoor } from '../../../src/node/host/JoinDoor.ts'
import { defaultHeartbeatLimits } from '../../../src/node/link/Heartbeat.ts'
import { FakePage, hello } from '../../rig/FakePage.ts'
import { until } from '../../rig/Rig.ts'

const build = 'b1'
const path = '/join'

/** `address` is where every request of it comes from. */
const start = async (address: string, helloMs?: number) => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const door = new JoinDoor({ maxDevices: 16, onDevice: () => {}, now: () => performance.now() })
  const gateway = new Gateway({
    admission: door,
    path,
    rules: { port, hosts: new Set() },
    build,
    runtimeBase: '/runtime/',
    heartbeat: defaultHeartbeatLimits,
    ...(helloMs === undefined ? {} : { helloMs }),
  })
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request: IncomingMessage, stream, head) => {
    Object.defineProperty(request.socket, 'remoteAddress', { value: address })
    gateway.upgrade(request, stream, head)
  })
  const stop = async () => {
    gateway.close()
    server.closeAllConnections()
    const closed = once(server, 'close')
    server.close()
    await closed
  }
  return { door, gateway, port, origin: `http://127.0.0.1:${port}`, sockets, stop }
}

let here: Awaited<ReturnType<typeof start>>
const clients: Socket[] = []
beforeEach(async () => {
  here = await start('192.0.2.2')
})
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
})

/** Asks for an upgrade and stays, whatever the host does. */
const ask = (origin: string, read: boolean): Socket => {
  const client = connect({ port: here.port, host: '127.0.0.1', allowHalfOpen: true })
  clients.push(client)
  client.on('error', () => {})
  if (read) client.resume()
  client.write(
    [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${here.port}`,
      `Origin: ${origin}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '\r\n',
    ].join('\r\n'),
  )
  return client
}

describe('A peer that is refused and stays', () => {
  it.each([true, false])('costs no socket once it has been told (it reads: %s)', async read => {
    for (let n = 0; n < 50; n++) ask('http://evil.example', read)
    await until(() => here.gateway.refusals.get('OriginRefused') === 50)
    await until(() => here.sockets.size === 0)
    await here.stop()
  })

  it('is told why before its socket ends', async () => {
    const client = ask('http://evil.example', true)
    const [said] = (await once(client, 'data')) as [Buffer]
    expect(said.toString()).toContain('HTTP/1.1 403 Forbidden')
    await here.stop()
  })

  it('holds up no host that closes, also where its refusal never left', async () => {
    const stalled = new Duplex({ read: () => {}, write: () => {} })
    const request = { url: '/elsewhere', headers: {}, socket: {} } as unknown as IncomingMessage
    here.gateway.upgrade(request, stalled, Buffer.alloc(0))
    expect(stalled.destroyed).toBe(false)
    await here.stop()
    expect(stalled.destroyed).toBe(true)
  })
})

describe('A peer that is let through and says no hello', () => {
  it('is cut off when its time is over, and counted', async () => {
    await here.stop()
    here = await start('192.0.2.2', 40)
    ask(here.origin, true)
    await until(() => here.gateway.refusals.get('HelloLate') === 1)
    await until(() => here.sockets.size === 0)
    await here.stop()
  })
})

describe('Wrong tokens from a network address', () => {
  const enter = async (token: string, device: string) => {
    const page = await new FakePage(here.origin, { path }).open()
    page.say(hello(token, build, { device: device.padEnd(32, '-') }))
    const answer = await until(() => page.heard.find(({ t }) => t === 'welcome' || t === 'refused'))
    page.socket.terminate()
    return answer.t === 'refused' ? answer.code : answer.t
  }

  it('keep out nobody else from there: not who has a right one, not who had joined before', async () => {
    expect(await enter(here.door.issue().token, 'phone')).toBe('welcome')
    for (let n = 0; n < attemptsAllowed; n++) expect(await enter('x'.repeat(43), 'bad')).toBe('TokenInvalid')
    expect(await enter('x'.repeat(43), 'bad')).toBe('TooManyAttempts')
    expect(await enter(here.door.issue().token, 'laptop')).toBe('welcome')
    expect(await enter('', 'phone')).toBe('welcome')
    await here.stop()
  })
})
