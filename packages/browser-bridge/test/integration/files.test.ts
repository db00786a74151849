// What the host serves over HTTP: isolation and policy on every answer, ranges as the engines ask for them.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BridgeHost, type FileProvider } from '../../src/index.ts'
import { FakePage, hello, tokenOf } from '../rig/FakePage.ts'
import { Rig } from '../rig/Rig.ts'

const model = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 251))
const opened: string[] = []
const files: FileProvider = {
  open: (key, name, range) => {
    if (key !== 'k1' || name !== 'onnx/a model.onnx') return undefined
    const { start = 0, end = model.length - 1 } = range ?? {}
    opened.push(`${start}-${end}`)
    const part = model.subarray(start, end + 1)
    return { bytes: part.length, total: model.length, type: 'application/x', stream: Readable.from([part]) }
  },
}
const wasm = Buffer.alloc(5000, 'wasm ')
const rig = new Rig()
let folder = ''
let host: BridgeHost
let base = ''

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  await mkdir(path.join(folder, 'runtime/1'), { recursive: true })
  await writeFile(path.join(folder, 'index.html'), '<p>page</p>')
  await writeFile(path.join(folder, 'runtime/1/ort.wasm'), wasm)
  await writeFile(path.join(folder, 'runtime/1/ort.wasm.br'), brotliCompressSync(wasm))
  await writeFile(path.join(folder, '../outside.txt'), 'secret')
  host = await rig.run(BridgeHost.start({ files, bundle: { folder, build: 'b1', runtime: 'runtime/1/' } }))
  const page = await new FakePage(host.origin).open()
  page.say(hello(tokenOf(host.invite({ id: 'x', onArrival: () => {} }).url), 'b1'))
  base = (await page.hears('welcome')).filesBase
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** Not fetch: that one would tidy the path and undo the compression. */
const get = (target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: host.port, path: target, method, headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    asked.on('error', reject)
    asked.end()
  })

const modelPath = () => `${base}k1/resolve/main/onnx/a%20model.onnx`

describe('Every answer', () => {
  const asked: [string, () => string, string][] = [
    ['the page', () => '/', 'GET'],
    ['a runtime file', () => '/runtime/1/ort.wasm', 'GET'],
    ['a model file', modelPath, 'GET'],
    ['what is not there', () => '/nothing', 'GET'],
    ['a method that is not taken', () => '/', 'POST'],
  ]
  it.each(asked)('isolates the page and forbids the public network: %s', async (_what, target, method) => {
    const { headers } = await get(target(), {}, method)
    expect(headers['cross-origin-opener-policy']).toBe('same-origin')
    expect(headers['cross-origin-embedder-policy']).toBe('require-corp')
    expect(headers['cross-origin-resource-policy']).toBe('same-origin')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/https?:|\*/)
  })

  it('is a refusal where the Host header names somebody else', async () => {
    expect((await get('/', { host: 'evil.example' })).status).toBe(421)
  })
})

describe('The page', () => {
  it('is never cached', async () => {
    const { status, headers, body } = await get('/')
    expect([status, headers['cache-control'], String(body)]).toEqual([200, 'no-store', '<p>page</p>'])
  })

  it.each([
    '/../outside.txt',
    '/%2e%2e/outside.txt',
    '/runtime/../../outside.txt',
    '//etc/passwd',
    '/runtime',
  ])('does not lead out of its folder by %s', async target => {
    expect((await get(target)).status).toBe(404)
  })
})

describe('A runtime file', () => {
  it('goes compressed to who takes brotli, and plain to who does not', async () => {
    const brotli = await get('/runtime/1/ort.wasm', { 'accept-encoding': 'gzip, br;q=0.9' })
    expect(brotli.headers).toMatchObject({ 'content-encoding': 'br', 'content-type': 'application/wasm' })
    expect(brotliDecompressSync(brotli.body)).toEqual(wasm)
    const plain = await get('/runtime/1/ort.wasm', { 'accept-encoding': 'gzip, br;q=0' })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.body).toEqual(wasm)
    expect(plain.headers['etag']).not.toBe(brotli.headers['etag'])
    expect(plain.headers['vary']).toBe('accept-encoding')
  })

  it('is kept for good, and 304 where it is known', async () => {
    const { headers } = await get('/runtime/1/ort.wasm')
    expect(headers['cache-control']).toContain('immutable')
    const again = await get('/runtime/1/ort.wasm', { 'if-none-match': String(headers['etag']) })
    expect([again.status, again.body.length]).toEqual([304, 0])
  })
})

describe('A model file', () => {
  it('comes whole, immutable, with its length', async () => {
    const { status, headers, body } = await get(modelPath())
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-length': '1000',
      'accept-ranges': 'bytes',
      'content-type': 'application/x',
    })
    expect(headers['cache-control']).toContain('immutable')
    expect(body).toEqual(model)
  })

  it('answers HEAD with the same headers and nothing else', async () => {
    const { status, headers, body } = await get(modelPath(), {}, 'HEAD')
    expect([status, headers['content-length'], body.length]).toEqual([200, '1000', 0])
  })

  it.each([
    ['bytes=0-0', 206, 0, 1, 'bytes 0-0/1000'],
    ['bytes=990-', 206, 990, 1000, 'bytes 990-999/1000'],
    ['bytes=-5', 206, 995, 1000, 'bytes 995-999/1000'],
    ['bytes=10-99999', 206, 10, 1000, 'bytes 10-999/1000'],
  ])('answers the range %s with %i', async (range, status, from, to, contentRange) => {
    const got = await get(modelPath(), { range })
    expect([got.status, got.headers['content-range']]).toEqual([status, contentRange])
    expect(got.body).toEqual(model.subarray(from, to))
    expect(got.headers['content-length']).toBe(String(to - from))
  })

  it.each(['bytes=1000-', 'bytes=-0'])('answers the range %s with 416 and the length', async range => {
    const { status, headers } = await get(modelPath(), { range })
    expect([status, headers['content-range']]).toEqual([416, 'bytes */1000'])
  })

  it.each(['bytes=5-2', 'lines=1-2', 'bytes=0-1,4-5', 'bytes=a-b'])('ignores the range %s', async range => {
    expect((await get(modelPath(), { range })).status).toBe(200)
  })

  it('is not to be had without the secret, nor under another name', async () => {
    expect((await get('/f/guess/k1/resolve/main/onnx/a%20model.onnx')).status).toBe(404)
    expect((await get(`${base}k2/resolve/main/onnx/a%20model.onnx`)).status).toBe(404)
    expect((await get(`${base}k1/onnx/a%20model.onnx`)).status).toBe(404)
    expect((await get(`${base}k1/resolve/main/%ff`)).status).toBe(404)
  })
})
