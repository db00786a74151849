// What a link writes to its stream itself, between what ws writes there: over real sockets, heard by ws's own client.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { Link } from '../../../src/node/link/Link.ts'
import { encodeFrame } from '../../../src/protocol/codec.ts'
import { chunkBytes } from '../../../src/protocol/flowFrames.ts'
import { defaultLimits, protocolVersion, type Run } from '../../../src/protocol/messages.ts'
import { sizeOf } from '../../../src/protocol/Outbox.ts'
import { FakePage } from '../../rig/FakePage.ts'

/** Both ends of one link, as the host makes them. */
async function connected() {
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const linked = new Promise<Link>(resolve => {
    server.on('upgrade', (request, stream, head) =>
      sockets.handleUpgrade(request, stream, head, socket => resolve(new Link(socket, stream))),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const page = new FakePage(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const link = await linked
  link.send({
    t: 'welcome',
    protocol: protocolVersion,
    build: 'b1',
    connection: 'c',
    beatMs: 1_000,
    filesBase: '/f/',
    runtimeBase: '/r/',
    limits: defaultLimits,
  })
  const close = async () => {
    page.socket.terminate()
    await link.closed
    server.close()
  }
  return { link, page, close }
}

/** A run whose frame has so many bytes, a multiple of eight as every frame. */
function runOf(id: number, bytes: number): Run {
  const of = (length: number): Run => ({
    t: 'run',
    id,
    lane: 1,
    model: 'm',
    input: { kind: 'tensors' },
    deadlineMs: 60_000,
    tensors: [
      { name: 'few', dtype: 'uint8', dims: [3], data: new Uint8Array(3).fill(id) },
      { name: 'many', dtype: 'uint8', dims: [length], data: new Uint8Array(length).fill(id) },
    ],
  })
  for (let length = bytes - 512; length < bytes; length++) {
    const run = of(length)
    if (sizeOf(encodeFrame(run)) === bytes) return run
  }
  throw new Error(`no frame of ${bytes} bytes`)
}

// Together they are less than may be sent before the other end says that it took some: none waits for that.
// Below 16 KiB a link joins a message's parts; at 65,536 bytes the head of a WebSocket message changes its form.
const around = [16_384, 65_536, chunkBytes].flatMap(bytes => [bytes - 8, bytes, bytes + 8])

it('messages of many parts come whole and in order, with small ones and pings between them', async () => {
  const { link, page, close } = await connected()
  const runs = [...around, 3 * chunkBytes].map((bytes, at) => runOf(at + 1, bytes))
  for (const run of runs) {
    const pongs = [link.ping()]
    link.send(run)
    pongs.push(link.ping())
    link.send({ t: 'cancel', id: run.id, lane: 2 })
    link.send(run)
    link.send({ t: 'more', id: run.id, lane: 2, parts: 1 })
    // Half of them one upon the other, in one turn; half when the other end has answered.
    if (run.id % 2 === 0) expect(await Promise.all(pongs)).toEqual(['answered', 'answered'])
  }
  await page.hears('more', runs.length)
  expect(await link.ping()).toBe('answered')
  await page.hears('run', 2 * runs.length)
  const heard = page.heard.slice(1).map(({ t, ...rest }) => [t, 'id' in rest ? rest.id : undefined])
  const each = ['run', 'cancel', 'run', 'more']
  expect(heard).toEqual(runs.flatMap(({ id }) => each.map(t => [t, id])))
  for (const message of page.heard) {
    if (message.t !== 'run') continue
    const [few, many] = message.tensors
    const sent = runs[message.id - 1]?.tensors
    expect([few?.dims, many?.dims]).toEqual(sent?.map(({ dims }) => dims))
    for (const tensor of [few, many]) {
      const bytes = tensor?.data as Uint8Array
      expect(Buffer.compare(bytes, Buffer.alloc(bytes.length, message.id))).toBe(0)
    }
  }
  await close()
})
