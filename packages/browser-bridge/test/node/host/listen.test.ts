// The host's servers: how many may be connected, and that none of them holds a scope up that closes.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, it } from 'vitest'
import { listen } from '../../../src/node/host/listen.ts'
import { selfSigned } from '../../rig/certificate.ts'
import { Rig, until } from '../../rig/Rig.ts'

const certificate = selfSigned()

const dial = (server: Server): Socket => {
  const { port } = server.address() as AddressInfo
  return connect({ port, host: '127.0.0.1' }).on('error', () => {})
}
const connected = (server: Server): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  )

it('takes no more connections than it was told, and another one when one has left', async () => {
  await using rig = new Rig()
  const server = await rig.run(listen({ host: '127.0.0.1', port: 0, maxConnections: 2 }))
  const clients = [dial(server), dial(server)]
  await until(async () => (await connected(server)) === 2)
  await once(dial(server), 'close')
  expect(await connected(server)).toBe(2)
  clients[0]?.destroy()
  await until(async () => (await connected(server)) === 1)
  clients.push(dial(server))
  await until(async () => (await connected(server)) === 2)
  for (const client of clients) client.destroy()
})

const ways = [{ way: 'plain', tls: undefined }, ...(certificate ? [{ way: 'TLS', tls: certificate }] : [])]

/** Less than who is silent has by default: a limit that is ignored is seen. */
const limit = { timeout: 8_000 }

it.each(ways)('lets go of who connects and says nothing: $way', limit, async ({ tls }) => {
  await using rig = new Rig()
  const server = await rig.run(listen({ host: '127.0.0.1', port: 0, tls, silentMs: 40 }))
  const silent = dial(server).resume()
  await once(silent, 'close')
  await until(async () => (await connected(server)) === 0)
})

it.skipIf(certificate === undefined)(
  `lets go of who says nothing after its TLS handshake${certificate === undefined ? ' (skipped: there is no openssl here)' : ''}`,
  limit,
  async () => {
    await using rig = new Rig()
    // The handshake itself has to fit, on a busy machine too.
    const server = await rig.run(listen({ host: '127.0.0.1', port: 0, tls: certificate, silentMs: 1_500 }))
    const { port } = server.address() as AddressInfo
    const silent = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => {})
    await once(silent, 'secureConnect')
    await once(silent.resume(), 'close')
    await until(async () => (await connected(server)) === 0)
  },
)

it('lets go of who never ends a request', limit, async () => {
  await using rig = new Rig()
  const server = await rig.run(listen({ host: '127.0.0.1', port: 0, silentMs: 40 }))
  const slow = dial(server).resume()
  slow.write('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ')
  await once(slow, 'close')
})

it.skipIf(certificate === undefined)(
  `closes beside one that never began its TLS handshake${certificate === undefined ? ' (skipped: there is no openssl here)' : ''}`,
  async () => {
    const rig = new Rig()
    const tls = certificate ?? { cert: '', key: '' }
    const server = await rig.run(listen({ host: '127.0.0.1', port: 0, tls }))
    const client = dial(server)
    await until(async () => (await connected(server)) === 1)
    await rig[Symbol.asyncDispose]()
    expect(server.listening).toBe(false)
    client.destroy()
  },
)
