// Answers that are not read, over real sockets: what they hold is let go of; a file that is slow to come is no such
// answer. What is answered at all: integration/files.test.ts.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { PageServer } from '../../../src/node/host/PageServer.ts'
import type { StaticFiles } from '../../../src/node/host/StaticFiles.ts'
import { until } from '../../rig/Rig.ts'

/** Serves one file; `onResponse` sees each response before it is written. */
const serve = async (stream: Readable, bytes: number, onResponse: (response: ServerResponse) => void) => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const pages = new PageServer({
    page: { open: () => undefined } as unknown as StaticFiles,
    files: { open: () => ({ bytes, total: bytes, type: 'text/plain', stream }) },
    build: 'b1',
    rules: { port, hosts: new Set() },
    modelFile: path => path.slice('/f/'.length),
    unreadMs: 50,
  })
  server.on('request', (request, response) => {
    onResponse(response)
    void pages.handle(request, response)
  })
  const client = connect({ port, host: '127.0.0.1' })
  client.on('error', () => {})
  client.write(`GET /f/k/resolve/main/x HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`)
  const stop = () => {
    client.destroy()
    server.closeAllConnections()
    server.close()
  }
  return { client, stop }
}

it('lets go of a file whose reader stays and reads nothing', async () => {
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(64 * 1024))
    },
  })
  const { client, stop } = await serve(endless, 2 ** 40, () => {})
  client.pause()
  await until(() => endless.destroyed)
  stop()
})

it('waits for a file that is slow to come, as long as it takes', async () => {
  const slow = new Readable({ read: () => {} })
  slow.push('first,')
  let silences = 0
  const { client, stop } = await serve(slow, 'first,second'.length, response =>
    response.on('timeout', () => {
      silences += 1
      setImmediate(() => {
        slow.push('second')
        slow.push(null)
      })
    }),
  )
  expect(await text(client)).toMatch(/first,second$/)
  expect(silences).toBeGreaterThan(0)
  stop()
})
