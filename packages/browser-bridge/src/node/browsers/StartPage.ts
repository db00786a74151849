// The page that a browser without a driver is started on: a file in its own profile, which waits to be told where to
// go. So that neither the page's address nor its token ever stands in a process's arguments: those name the file
// alone, and nobody else may read it.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

/** A script, not a fetch: a page of a file has no origin, and may load scripts all the same. */
const htmlOf = (script: string): string => `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<title>Shoal</title>
<script src="${script}" onerror="setTimeout(() => location.reload(), 500)"></script>
`

export class StartPage {
  /** What the browser is started with. */
  readonly fileUrl: string
  readonly #server: Server
  readonly #secret: string
  #arrival = Promise.withResolvers<void>()
  #waiting: ServerResponse | undefined

  private constructor(server: Server, fileUrl: string, secret: string) {
    this.#server = server
    this.fileUrl = fileUrl
    this.#secret = secret
  }

  /** Writes the file into `folder`, which must be for this user alone, and listens on loopback. */
  static async open(folder: string): Promise<StartPage> {
    const secret = `/${randomBytes(16).toString('hex')}`
    const server = createServer()
    const file = path.join(folder, 'start.html')
    const page = new StartPage(server, pathToFileURL(file).href, secret)
    server.on('request', (request, response) => page.#asked(request.url ?? '', response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    // A browser that hangs must not keep the program alive.
    server.unref()
    const { port } = server.address() as AddressInfo
    await writeFile(file, htmlOf(`http://127.0.0.1:${port}${secret}`), { mode: 0o600 })
    return page
  }

  /** Resolves once a browser shows the page, and waits to be sent on. */
  get arrived(): Promise<void> {
    return this.#arrival.promise
  }

  /** Forgets a browser that showed the page before: another one is about to. */
  expectAnother(): void {
    this.#forget()?.end()
  }

  /** Sends the browser that shows the page to `url`; false where none does. */
  leave(url: string): boolean {
    const response = this.#forget()
    if (response === undefined) return false
    response.end(`location.replace(${JSON.stringify(url)})`)
    return true
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #asked(url: string, response: ServerResponse): void {
    if (url !== this.#secret) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, {
      'content-type': 'text/javascript',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'cross-origin',
    })
    this.#waiting?.end()
    this.#waiting = response
    response.once('close', () => {
      // The browser has gone, or loads the page again; until then nobody waits here.
      if (this.#waiting === response) this.#forget()
    })
    this.#arrival.resolve()
  }

  /** Gives what was waiting. Browsers ask again at times of their own, so no arrival outlives its request. */
  #forget(): ServerResponse | undefined {
    const response = this.#waiting
    this.#waiting = undefined
    this.#arrival = Promise.withResolvers()
    return response
  }
}
