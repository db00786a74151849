// What the host serves over HTTP: the page, the engine's runtime, and the files of models. Not the socket (Gateway.ts).
// Every answer isolates the page (two WASM threads need it) and forbids it the public network.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type AccessRules, hostAllowed } from './access.ts'
import { parseRange } from './byteRange.ts'
import type { FileProvider, OpenedFile } from './FileProvider.ts'
import type { StaticFiles } from './StaticFiles.ts'

const immutable = 'public, max-age=31536000, immutable'

/** Headers of every answer, refusals included: a worker's script without them would not start. */
export const commonHeaders = (socketOrigin: string | undefined): Readonly<Record<string, string>> => ({
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // Workers go by their own script's policy, so it stands on every answer and not on the page alone.
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval' blob:",
    "worker-src 'self' blob:",
    // Not every browser takes the page's own socket for 'self'.
    `connect-src 'self' ${socketOrigin === undefined ? '' : `${socketOrigin} `}blob: data:`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
})

export interface PageServerOptions {
  readonly page: StaticFiles
  readonly files: FileProvider
  /** What of which model a path asks for, `<key>/resolve/main/<path>`; undefined where it may not be asked for there. */
  readonly modelFile: (path: string) => string | undefined
  /** Tells one build of the page from another. */
  readonly build: string
  readonly rules: AccessRules
  /** How long an answer may lie unread, in milliseconds. Default two minutes. */
  readonly unreadMs?: number
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | number>
  readonly body?: Readable | string
}

const refuse = (status: number, text: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...headers },
  body: `${text}\n`,
})

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

export class PageServer {
  readonly #options: PageServerOptions

  constructor(options: PageServerOptions) {
    this.#options = options
  }

  /** Answers one request; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setTimeout(this.#options.unreadMs ?? 120_000, () => {
      // Nothing has moved. Where nothing waits to be read, it is our file that is slow to come.
      if (response.writableLength > 0) response.destroy()
    })
    let answer: Answer
    try {
      answer = await this.#answer(request)
    } catch {
      answer = refuse(500, 'The file could not be read.')
    }
    response.writeHead(answer.status, { ...this.#headers(request), ...answer.headers })
    const { body } = answer
    if (body === undefined || request.method === 'HEAD') {
      if (typeof body === 'object') body.destroy()
      response.end()
    } else if (typeof body === 'string') {
      response.end(body)
    } else {
      // A reader that goes away in the middle ends the file too; there is nobody left to tell.
      await pipeline(body, response).catch(() => response.destroy())
    }
  }

  #headers(request: IncomingMessage): Readonly<Record<string, string>> {
    const { rules } = this.#options
    const { host } = request.headers
    if (!hostAllowed(host, rules)) return commonHeaders(undefined)
    return commonHeaders(`${rules.secure === true ? 'wss' : 'ws'}://${host}`)
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { page, modelFile, rules } = this.#options
    if (!hostAllowed(request.headers.host, rules)) {
      return refuse(421, 'This host does not go by that name.')
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refuse(405, 'Only GET and HEAD.', { allow: 'GET, HEAD' })
    }
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    if (path.startsWith('/f/')) return this.#modelFile(modelFile(path) ?? '', request)
    const name = path === '/' ? 'index.html' : path.slice(1)
    const file = page.open(name, request.headers['accept-encoding'])
    if (file === undefined) return refuse(404, 'There is nothing here.')
    const etag = `"${this.#options.build}-${file.encoding}"`
    const headers: Record<string, string | number> = {
      'content-type': file.type,
      'cache-control': name === 'index.html' ? 'no-store' : immutable,
      vary: 'accept-encoding',
      etag,
    }
    if (request.headers['if-none-match'] === etag && name !== 'index.html') return { status: 304, headers }
    headers['content-length'] = file.bytes
    if (file.encoding === 'br') headers['content-encoding'] = 'br'
    return request.method === 'HEAD'
      ? { status: 200, headers }
      : { status: 200, headers, body: file.stream() }
  }

  /** `name` is `<key>/resolve/main/<path>`, the shape that Hugging Face's hub has. */
  async #modelFile(name: string, request: IncomingMessage): Promise<Answer> {
    const [, key, escaped] = /^([^/]+)\/resolve\/main\/(.+)$/.exec(name) ?? []
    const path = escaped === undefined ? undefined : decode(escaped)
    if (key === undefined || path === undefined) return refuse(404, 'No such model file.')
    const whole = await this.#options.files.open(key, path)
    if (whole === undefined) return refuse(404, 'No such model file.')
    // The key is a hash of the content, so the address alone tells one content from another.
    const headers: Record<string, string | number> = {
      'content-type': whole.type,
      'cache-control': immutable,
      'accept-ranges': 'bytes',
      etag: `"${key}/${encodeURIComponent(path)}"`,
    }
    if (request.headers['if-none-match'] === headers['etag']) {
      whole.stream.destroy()
      return { status: 304, headers }
    }
    const range = parseRange(request.headers.range, whole.total)
    if (range === 'all') return serve(200, headers, whole)
    whole.stream.destroy()
    if (range === 'none') {
      return refuse(416, 'Nothing lies in that range.', { 'content-range': `bytes */${whole.total}` })
    }
    const part = await this.#options.files.open(key, path, range)
    if (part === undefined) return refuse(404, 'No such model file.')
    headers['content-range'] = `bytes ${range.start}-${range.end}/${whole.total}`
    return serve(206, headers, part)
  }
}

const serve = (status: number, headers: Record<string, string | number>, file: OpenedFile): Answer => ({
  status,
  headers: { ...headers, 'content-length': file.bytes },
  body: file.stream,
})
