// A small hub on loopback that speaks as huggingface.co does, and misbehaves on demand.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HubFile {
  readonly content: Buffer
  /** In large-file storage: the listing tells its sha256. */
  readonly large?: boolean
}

/** What to do with a request for a file instead of answering well; `undefined`: answer well. */
export type Fault =
  | { readonly _tag: 'Status'; readonly status: number }
  | { readonly _tag: 'StallAfter'; readonly bytes: number; readonly content?: Buffer }
  | { readonly _tag: 'Content'; readonly content: Buffer }

export interface TestHub {
  readonly url: string
  readonly requests: {
    readonly method: string
    readonly path: string
    readonly range: string | undefined
    readonly authorization: string | undefined
  }[]
  readonly files: Map<string, HubFile>
  /** Asked for each request of a file, with how often it was asked for before. */
  fault: (path: string, attempt: number) => Fault | undefined
  /** Whether there is a listing API. */
  api: boolean
  /** Whether files carry an ETag. */
  etags: boolean
  /**
   * Cuts the answers that stall. Told from outside, because a fetch forgets what it has not handed on
   * when its socket ends: a hub that cut by itself would leave open how many bytes arrived.
   */
  cut(): void
  close(): Promise<void>
}

const hash = (algorithm: string, ...parts: (string | Buffer)[]): string =>
  parts.reduce((sum, part) => sum.update(part), createHash(algorithm)).digest('hex')

export async function startHub(files: Readonly<Record<string, HubFile>>): Promise<TestHub> {
  const attempts = new Map<string, number>()
  const stalled = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://hub').pathname)
    const { range, authorization } = request.headers
    hub.requests.push({ method: request.method ?? '', path, range, authorization })
    if (path.startsWith('/api/models/')) answerListing(path, response)
    else answerFile(path, request, response)
  })

  const answerListing = (path: string, response: ServerResponse) => {
    const id = /^\/api\/models\/(.+)\/tree\/main$/.exec(path)?.[1]
    const prefix = `/${id}/resolve/main/`
    const mine = [...hub.files].filter(([file]) => file.startsWith(prefix))
    if (!hub.api) return void response.writeHead(404).end()
    if (mine.length === 0) return void response.writeHead(401, { 'x-error-code': 'RepoNotFound' }).end()
    const tree = mine.map(([file, { content, large }]) => ({
      type: 'file',
      path: file.slice(prefix.length),
      size: content.length,
      oid: hash('sha1', `blob ${content.length}\0`, content),
      ...(large ? { lfs: { oid: hash('sha256', content), size: content.length } } : {}),
    }))
    response.end(JSON.stringify(tree))
  }

  const answerFile = (path: string, request: IncomingMessage, response: ServerResponse) => {
    const file = hub.files.get(path)
    if (file === undefined) return void response.writeHead(404).end()
    const attempt = request.method === 'GET' ? (attempts.get(path) ?? 0) : -1
    if (attempt >= 0) attempts.set(path, attempt + 1)
    const fault = attempt >= 0 ? hub.fault(path, attempt) : undefined
    if (fault?._tag === 'Status') return void response.writeHead(fault.status).end()
    const content = (fault && 'content' in fault ? fault.content : undefined) ?? file.content
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (start >= content.length && start > 0) return void response.writeHead(416).end()
    const body = content.subarray(start)
    if (hub.etags) response.setHeader('etag', `"${hash('md5', content)}"`)
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': body.length,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    })
    if (request.method === 'HEAD') return void response.end()
    if (fault?._tag !== 'StallAfter') return void response.end(body)
    response.write(body.subarray(0, fault.bytes))
    stalled.add(response)
  }

  const hub: TestHub = {
    url: '',
    requests: [],
    files: new Map(Object.entries(files)),
    fault: () => undefined,
    api: true,
    etags: true,
    cut: () => {
      for (const response of stalled) response.destroy()
      stalled.clear()
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(hub, { url: `http://127.0.0.1:${port}` })
}
