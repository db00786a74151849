// A model's files as a lane takes them: from the host, or from what the browser kept; told of as they come, but not at
// every chunk.

import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type FileCache, toDrop } from '../../src/page/FileCache.ts'
import { ModelFiles } from '../../src/page/ModelFiles.ts'
import type { ModelManifest } from '../../src/protocol/messages.ts'

const content = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251)
const hash = createHash('sha256').update(content).digest('hex')
const manifest = (sha256 = hash): ModelManifest => ({
  key: 'k',
  name: 'm',
  kind: 'graph',
  root: 'k/resolve/main/',
  graphFile: 'm.onnx',
  dtype: 'fp32',
  files: [{ path: 'm.onnx', bytes: content.length, sha256 }],
})

/** Chunks come one a millisecond. */
function serve(bytes: Uint8Array, chunk = 1000): void {
  const body = () => {
    let at = 0
    return new ReadableStream<Uint8Array>({
      pull: async controller => {
        await vi.advanceTimersByTimeAsync(1)
        controller.enqueue(bytes.slice(at, at + chunk))
        at += chunk
        if (at >= bytes.length) controller.close()
      },
    })
  }
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => new Response(body())),
  )
}

class MemoryCache implements FileCache {
  readonly kept = new Map<string, Uint8Array<ArrayBuffer>>()
  note: string | undefined
  read: FileCache['read'] = async ({ sha256 }) => this.kept.get(sha256)?.slice()
  write: FileCache['write'] = async ({ sha256 }, bytes) => void this.kept.set(sha256, bytes.slice())
}

const take = async (cache?: FileCache | string, of = manifest(), signal = new AbortController().signal) => {
  const told: number[] = []
  const files = new ModelFiles({
    filesUrl: 'http://host/f/',
    manifest: of,
    onProgress: (_, loaded) => told.push(loaded),
    cache,
    signal,
  })
  return { bytes: await files.bytes('m.onnx'), files, told }
}

beforeEach(() => {
  vi.useFakeTimers()
  serve(content)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('A file of a model', () => {
  it('is told of ten times a second while it comes, and when it is whole', async () => {
    serve(content, 250)
    const { bytes, told } = await take()
    expect(bytes).toEqual(content)
    expect(told).toEqual([25_000, 50_000, 75_000, 100_000])
  })

  it('is downloaded once where files are kept, and said to be kept after that', async () => {
    const cache = new MemoryCache()
    const first = await take(cache)
    expect(first.files.taken).toEqual({ downloadedBytes: content.length, keptBytes: 0 })
    const second = await take(cache)
    expect(second.files.taken).toEqual({ downloadedBytes: 0, keptBytes: content.length })
    expect(second.bytes).toEqual(content)
    expect(second.told).toEqual([content.length])
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it('is not kept where its content is not the manifest’s, and the load fails', async () => {
    const cache = new MemoryCache()
    await expect(take(cache, manifest('0'.repeat(64)))).rejects.toMatchObject({
      code: 'ModelFileMissing',
      message: expect.stringMatching(/its content .* is not its manifest's/),
    })
    expect(cache.kept.size).toBe(0)
  })

  it('comes from the host where nothing can be kept, and says why', async () => {
    const { files } = await take('files are not kept: plain http')
    expect(files.taken).toEqual({
      downloadedBytes: content.length,
      keptBytes: 0,
      note: 'files are not kept: plain http',
    })
  })
})

it.each([
  [50, ['old']],
  [100, ['old']],
  [101, ['old', 'middle']],
  [300, ['old', 'middle', 'new']],
  [301, undefined],
  [0, []],
])('drops what was not used for longest until %d bytes are free', (over, names) => {
  const files = [
    { name: 'new', size: 100, usedAt: 3 },
    { name: 'old', size: 100, usedAt: 1 },
    { name: 'middle', size: 100, usedAt: 2 },
  ]
  expect(toDrop(files, over)?.map(({ name }) => name)).toEqual(names)
})

describe('A load that is cancelled', () => {
  it('aborts the files on their way, takes none from the cache, and says why', async () => {
    const abort = new AbortController()
    const body = new ReadableStream<Uint8Array>({
      start: controller => {
        controller.enqueue(content.slice(0, 1000))
        abort.signal.addEventListener('abort', () => controller.error(abort.signal.reason))
      },
      pull: () => abort.abort(),
    })
    const asked = vi.fn(async (_: string, _init: RequestInit) => new Response(body))
    vi.stubGlobal('fetch', asked)
    await expect(take(undefined, manifest(), abort.signal)).rejects.toMatchObject({
      code: 'Cancelled',
      message: "m: cancelled before 'm.onnx' had come",
    })
    expect(asked.mock.calls[0]?.[1]).toEqual({ signal: abort.signal })
    const cache = new MemoryCache()
    cache.kept.set(hash, content.slice())
    await expect(take(cache, manifest(), abort.signal)).rejects.toMatchObject({ code: 'Cancelled' })
    expect(asked).toHaveBeenCalledTimes(1)
  })
})
