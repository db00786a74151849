// The files of the page's bundle: an index of one folder, made once, so that no request's path ever meets the disk.
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.map': 'application/json; charset=utf-8',
}

export interface StaticFile {
  readonly type: string
  readonly bytes: number
  readonly encoding: 'br' | 'identity'
  stream(): Readable
}

interface Entry {
  readonly file: string
  readonly bytes: number
  /** The same file, compressed beforehand. */
  readonly brotli?: { readonly file: string; readonly bytes: number }
}

/** Whether an Accept-Encoding header takes brotli. */
export const acceptsBrotli = (header: string | undefined): boolean =>
  (header ?? '').split(',').some(part => {
    const [name, ...parameters] = part.trim().toLowerCase().split(';')
    return name?.trim() === 'br' && !parameters.some(parameter => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter))
  })

export class StaticFiles {
  readonly #entries: ReadonlyMap<string, Entry>

  private constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries
  }

  /** Indexes everything below `folder`; `x.br` beside `x` is x compressed, not a file of its own. */
  static async index(folder: string): Promise<StaticFiles> {
    const files = await readdir(folder, { recursive: true, withFileTypes: true })
    const sizes = new Map<string, { file: string; bytes: number }>()
    for (const entry of files.filter(one => one.isFile())) {
      const file = path.join(entry.parentPath, entry.name)
      const name = path.relative(folder, file).split(path.sep).join('/')
      sizes.set(name, { file, bytes: (await stat(file)).size })
    }
    const entries = new Map<string, Entry>()
    for (const [name, own] of sizes) {
      if (name.endsWith('.br') && sizes.has(name.slice(0, -'.br'.length))) continue
      const brotli = sizes.get(`${name}.br`)
      entries.set(name, brotli === undefined ? own : { ...own, brotli })
    }
    return new StaticFiles(entries)
  }

  /** `name` is a path below the folder without a leading slash. */
  open(name: string, acceptEncoding: string | undefined): StaticFile | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    const { brotli } = entry
    const compressed = brotli !== undefined && acceptsBrotli(acceptEncoding)
    const chosen = compressed ? brotli : entry
    return {
      type: types[path.extname(name)] ?? 'application/octet-stream',
      bytes: chosen.bytes,
      encoding: compressed ? 'br' : 'identity',
      stream: () => createReadStream(chosen.file),
    }
  }
}
