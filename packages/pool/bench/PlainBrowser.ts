// A browser and a tiny server for its pages, as one would write them without Shoal: what the pool is measured beside
// runs in the same build of the same browser. The pages are isolated, as the pool's own are.
import { createReadStream } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FoundBrowser } from '@shoal/browser-bridge'
import { type Browser, chromium, firefox, type Page } from 'playwright-core'

const runtimeFolder = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web/wasm')))

const types: Readonly<Record<string, string>> = {
  '': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

export type Files = Readonly<Record<string, string | Uint8Array>>

export class PlainBrowser implements AsyncDisposable {
  readonly server: Server
  readonly #browser: Browser

  private constructor(server: Server, browser: Browser) {
    this.server = server
    this.#browser = browser
  }

  /** @param files what the server has, by path; onnxruntime-web's own files are below /runtime/ */
  static async start({ kind, executablePath }: FoundBrowser, files: Files): Promise<PlainBrowser> {
    const server = await serve(files)
    try {
      const browser =
        kind === 'firefox'
          ? await firefox.launch({ executablePath, channel: 'moz-firefox' })
          : await chromium.launch({ executablePath })
      return new PlainBrowser(server, browser)
    } catch (error) {
      server.close()
      throw error
    }
  }

  /** Of a path on its server, for pages of other browsers. */
  address(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`
  }

  async open(path: string): Promise<Page> {
    const page = await this.#browser.newPage()
    await page.goto(this.address(path))
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    this.server.closeAllConnections()
    this.server.close()
  }
}

async function serve(files: Files): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream')
    const file = files[path]
    if (file !== undefined) {
      response.end(file)
    } else if (path.startsWith('/runtime/')) {
      createReadStream(join(runtimeFolder, basename(path)))
        .on('error', () => response.writeHead(404).end())
        .pipe(response)
    } else {
      response.writeHead(404).end()
    }
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}
