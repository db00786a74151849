// What runs in the bare page of the deaths, as small as it can be: a worker that has the socket and hands on what main
// says, one that throws, one that loses its GPU device, and one that starts an engine and runs one graph.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { files, manifest } from '../test/integration/deaths/cube.ts'

const html = '<!doctype html><script type="module" src="/main.js"></script>'
const main = `
const link = new Worker('/link.js')
const say = text => link.postMessage(text)
const toldBy = script => {
  const worker = new Worker(script)
  worker.onerror = () => say('it did not start')
  return worker
}
link.onmessage = ({ data: [what, backend] }) => {
  if (what === 'throw') {
    const worker = new Worker('/thrower.js')
    let at
    worker.onmessage = ({ data }) => { at = data }
    worker.onerror = event => { event.preventDefault(); say(String(at)) }
  } else if (what === 'lose') {
    toldBy('/loser.js').onmessage = ({ data }) => say(String(data))
  } else if (what === 'lane') {
    const start = performance.now()
    const worker = new Worker('/lane.js#' + backend, { type: 'module' })
    worker.onmessage = ({ data }) => {
      say(data === 'answered' ? String(performance.now() - start) : data)
      worker.terminate()
    }
    worker.onerror = () => say('it did not start')
  }
}
`
const link = `
const dial = path => new WebSocket('ws://' + location.host + path)
const socket = dial('/control')
socket.onmessage = ({ data }) => {
  if (data !== 'dial') return postMessage(data.split(' '))
  const start = performance.now()
  const other = dial('/other')
  other.onmessage = () => { socket.send(String(performance.now() - start)); other.close() }
}
onmessage = ({ data }) => socket.send(data)
`
const thrower = `
setTimeout(() => { postMessage(Date.now()); throw new Error('thrown') }, 100)
`
const loser = `
const go = async () => {
  const adapter = await navigator.gpu?.requestAdapter()
  if (!adapter) return postMessage('there is none')
  const device = await adapter.requestDevice()
  let at
  device.lost.then(() => postMessage(at))
  setTimeout(() => { at = Date.now(); device.destroy() }, 100)
}
go().catch(error => postMessage(String(error)))
`
const lane = `
const backend = location.hash.slice(1)
try {
  const ort = await import(backend === 'wasm' ? '/ort/ort.wasm.min.mjs' : '/ort/ort.webgpu.min.mjs')
  ort.env.wasm.wasmPaths = new URL('/ort/', location.href).href
  ort.env.wasm.numThreads = 1
  ort.env.logLevel = 'error'
  const graph = new Uint8Array(await (await fetch('/cube.onnx')).arrayBuffer())
  const session = await ort.InferenceSession.create(graph, { executionProviders: [backend], logSeverityLevel: 3 })
  await session.run({ shape: new ort.Tensor('int64', BigInt64Array.of(8n, 8n), [2]) })
  postMessage('answered')
} catch (error) { postMessage(String(error)) }
`
const scripts: ReadonlyMap<string, string> = new Map([
  ['/main.js', main],
  ['/link.js', link],
  ['/thrower.js', thrower],
  ['/loser.js', loser],
  ['/lane.js', lane],
])
const engine = path.dirname(fileURLToPath(import.meta.resolve('onnxruntime-web')))

interface Answer {
  readonly type: string
  readonly body: string | Buffer
}
const answers = new Map<string, Promise<Answer | undefined>>()

/** What the bare host serves at a path, read once; undefined: nothing. */
export function bareAnswer(url: string): Promise<Answer | undefined> {
  const answer = answers.get(url) ?? read(url)
  answers.set(url, answer)
  return answer
}

async function read(url: string): Promise<Answer | undefined> {
  if (url === '/') return { type: 'text/html', body: html }
  const script = scripts.get(url)
  if (script !== undefined) return { type: 'text/javascript', body: script }
  if (url === '/cube.onnx') {
    const file = await files.open(manifest('cube').key, 'model.onnx')
    return { type: 'application/octet-stream', body: Buffer.concat((await file?.stream.toArray()) ?? []) }
  }
  if (!url.startsWith('/ort/')) return undefined
  const type = url.endsWith('.wasm') ? 'application/wasm' : 'text/javascript'
  return { type, body: await readFile(path.join(engine, path.basename(url))) }
}
