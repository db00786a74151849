// A hub on loopback that answers as huggingface.co does, over a line of a stated rate and delay: what a download gains by
// several connections can be measured without a network, whose pace would be another one each time. It has one model,
// under any name, so that each load is a first one.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface Line {
  readonly bytesPerSecond: number
  /** Until the first byte of each answer, in milliseconds. */
  readonly delayMs: number
  /** All connections together have the rate, instead of each of them. */
  readonly shared: boolean
}

export interface SlowHub extends AsyncDisposable {
  readonly url: string
}

/** @param files of the folder `dir`, '/'-separated */
export async function startSlowHub(dir: string, files: readonly string[], line: Line): Promise<SlowHub> {
  const sizes = new Map(
    await Promise.all(files.map(async path => [path, (await stat(join(dir, path))).size] as const)),
  )
  let allFreeAt = 0
  /** Sends so many bytes over the line: resolves when the last one is through. */
  const paced = (freeAt: number, bytes: number): number => {
    const from = Math.max(performance.now(), freeAt, line.shared ? allFreeAt : 0)
    allFreeAt = from + (bytes / line.bytesPerSecond) * 1000
    return allFreeAt
  }
  const send = async (path: string, bytes: number, response: ServerResponse) => {
    response.writeHead(200, { 'content-length': bytes, etag: `"${path} ${bytes}"` })
    let freeAt = 0
    for await (const chunk of createReadStream(join(dir, path), { highWaterMark: 64 * 1024 })) {
      freeAt = paced(freeAt, chunk.length)
      await until(freeAt)
      response.write(chunk)
    }
    response.end()
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://hub').pathname)
    const answer = async () => {
      await until(performance.now() + line.delayMs)
      if (path.startsWith('/api/models/')) {
        const tree = [...sizes].map(([name, size]) => ({ type: 'file', path: name, size, oid: name }))
        response.end(JSON.stringify(tree))
        return
      }
      const file = /^\/[^/]+\/[^/]+\/resolve\/main\/(.+)$/.exec(path)?.[1]
      const bytes = file === undefined ? undefined : sizes.get(file)
      if (file === undefined || bytes === undefined) response.writeHead(404).end()
      else await send(file, bytes, response)
    }
    answer().catch(error => response.destroy(error))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function until(at: number): Promise<void> {
  const ms = at - performance.now()
  return ms < 1 ? Promise.resolve() : new Promise(resolve => setTimeout(resolve, ms))
}
