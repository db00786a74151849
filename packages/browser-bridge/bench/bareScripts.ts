// What runs in the bare page: workers with a socket each, as small as they can be. One answers each message as a lane
// answers each run; one has its socket itself, as a lane with a data socket would; the last gets what comes over a port
// from a worker that has the socket.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { graphs } from './benchGraphs.ts'

/**
 * `go <bytes> <chunk>` is answered with so many bytes, `fetch <bytes>` with one byte once they have
 * come, `take <bytes>` with one byte before and one after.
 */
const direct = `
const open = path => {
  const socket = new WebSocket('ws://' + location.host + path)
  socket.binaryType = 'arraybuffer'
  return socket
}
const socket = open('/direct')
const second = open('/second')
let left = 0, at = 0, into
const made = new Map()
const taken = new Uint8Array(1)
socket.onmessage = second.onmessage = async ({ data }) => {
  if (typeof data === 'string') {
    const [word, count, chunk] = data.split(' ')
    const bytes = Number(count)
    if (word === 'take') {
      left = bytes
      at = 0
      into = chunk === 'gather' ? new Uint8Array(bytes) : undefined
      // What comes by the second socket may else overtake this.
      socket.send(taken)
    } else if (word === 'fetch') {
      const all = new Uint8Array(bytes)
      let filled = 0
      for await (const part of (await fetch('/bytes/' + bytes)).body) {
        all.set(part, filled)
        filled += part.length
      }
      socket.send(taken)
    } else {
      if (!made.has(bytes)) made.set(bytes, new Uint8Array(bytes).fill(7))
      for (let from = 0; from < bytes; from += Number(chunk)) socket.send(made.get(bytes).subarray(from, from + Number(chunk)))
    }
  } else if (left > 0) {
    if (into !== undefined) into.set(new Uint8Array(data), at)
    at += data.byteLength
    left -= data.byteLength
    if (left === 0) socket.send(taken)
  } else socket.send(data)
}`

/**
 * Bytes are answered with one byte, a number with so many bytes. What an engine does with them in any case is done here too:
 * what comes is copied into its heap, and an answer is written there and copied out.
 */
const flow = `
const socket = new WebSocket('ws://' + location.host + '/flow')
socket.binaryType = 'arraybuffer'
const taken = new Uint8Array(1)
const heap = new Uint8Array(16 * 1024 * 1024)
socket.onmessage = ({ data }) => {
  if (typeof data === 'string') {
    socket.send(heap.fill(0, 0, Number(data)).slice(0, Number(data)))
  } else {
    heap.set(new Uint8Array(data))
    socket.send(taken)
  }
}`

/** The same with the runs that the lane does, by the same engine: all of a lane's work with nothing of the bridge in it. */
const engine = `
import * as ort from '/ort.wasm.min.mjs'
ort.env.wasm.wasmPaths = '/'
ort.env.wasm.numThreads = 1
const zeros = await ort.InferenceSession.create('/zeros.onnx')
const size = await ort.InferenceSession.create('/size.onnx')
const socket = new WebSocket('ws://' + location.host + '/engine')
socket.binaryType = 'arraybuffer'
const taken = new Uint8Array(1)
let turn = Promise.resolve()
async function answer(data) {
  if (typeof data === 'string') {
    const x = new ort.Tensor('int64', BigInt64Array.of(BigInt(data) / 4n), [1])
    const { data: zero } = (await zeros.run({ x })).y
    return new Uint8Array(zero.buffer, zero.byteOffset, zero.byteLength)
  }
  await size.run({ x: new ort.Tensor('uint8', new Uint8Array(data), [data.byteLength]) })
  return taken
}
socket.onmessage = ({ data }) => {
  turn = turn.then(async () => socket.send(await answer(data)))
}`

/** As LaneChannel does: what holds shared memory stays in the process of a Firefox. */
const anchor = `const anchor = navigator.userAgent.includes('Firefox/') && crossOriginIsolated ? new SharedArrayBuffer(1) : undefined`

const link = `
${anchor}
onmessage = ({ data: port }) => {
  const socket = new WebSocket('ws://' + location.host + '/hop')
  socket.binaryType = 'arraybuffer'
  socket.onmessage = ({ data }) => port.postMessage({ data, anchor }, [data])
  port.onmessage = ({ data }) => socket.send(data.data)
}`

const lane = `
${anchor}
onmessage = ({ data: port }) => {
  port.onmessage = ({ data }) => port.postMessage({ data: data.data, anchor }, [data.data])
}`

const html = `<!doctype html><title>bare</title><script>
new Worker('/direct.js')
new Worker('/flow.js')
new Worker('/engine.js', { type: 'module' })
const { port1, port2 } = new MessageChannel()
new Worker('/link.js').postMessage(port1, [port1])
new Worker('/lane.js').postMessage(port2, [port2])
</script>`

const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'))
const ofRuntime = (name: string, type: string) =>
  [`/${name}`, { type, body: readFileSync(join(runtime, name)) }] as const

/** By path. */
export const bareFiles: ReadonlyMap<string, { readonly type: string; readonly body: string | Uint8Array }> =
  new Map<string, { readonly type: string; readonly body: string | Uint8Array }>([
    ['/', { type: 'text/html', body: html }],
    ['/direct.js', { type: 'text/javascript', body: direct }],
    ['/flow.js', { type: 'text/javascript', body: flow }],
    ['/engine.js', { type: 'text/javascript', body: engine }],
    ['/zeros.onnx', { type: 'application/octet-stream', body: graphs.zeros }],
    ['/size.onnx', { type: 'application/octet-stream', body: graphs.size }],
    ofRuntime('ort.wasm.min.mjs', 'text/javascript'),
    ofRuntime('ort-wasm-simd-threaded.mjs', 'text/javascript'),
    ofRuntime('ort-wasm-simd-threaded.wasm', 'application/wasm'),
    ['/link.js', { type: 'text/javascript', body: link }],
    ['/lane.js', { type: 'text/javascript', body: lane }],
  ])
