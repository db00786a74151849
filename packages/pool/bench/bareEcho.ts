// The floor of the way to a lane and back: a socket to a worker, which hands the bytes to a worker of its own, which
// hands them back. The same hops as a request's, with nothing on them: what the browser itself takes.
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { Files, PlainBrowser } from './PlainBrowser.ts'

/** Sends so many bytes there and back. */
export type BareEcho = (bytes: Uint8Array) => Promise<void>

export const bareEchoFiles: Files = {
  '/echo': `<!doctype html><title>echo</title><script>new Worker('/echo/link.js')</script>`,
  '/echo/link.js': `
const lane = new Worker('/echo/lane.js')
const socket = new WebSocket('ws://' + location.host)
socket.binaryType = 'arraybuffer'
socket.onmessage = ({ data }) => lane.postMessage(data, [data])
lane.onmessage = ({ data }) => socket.send(data)`,
  '/echo/lane.js': 'onmessage = ({ data }) => postMessage(data, { transfer: [data] })',
}

export async function bareEcho(browser: PlainBrowser): Promise<BareEcho> {
  const server = new WebSocketServer({ server: browser.server, perMessageDeflate: false })
  const dialled = new Promise<WebSocket>(resolve => server.once('connection', resolve))
  await browser.open('/echo')
  const socket = await dialled
  return bytes =>
    new Promise((resolve, reject) => {
      socket.once('message', (data: RawData) => {
        if ((data as Buffer).length === bytes.length) resolve()
        else reject(new Error('the bare echo came back with another length'))
      })
      socket.send(bytes)
    })
}
