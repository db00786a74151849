// One model's files, as a lane fetches them from the host: with progress, with a typed error where one is missing.
// Only files that the manifest names are asked for; the lane takes nothing from anywhere else.

import type { ModelManifest } from '../protocol/messages.ts'
import { LaneError } from '../protocol/wireErrors.ts'

export type OnProgress = (file: string, loaded: number, total: number) => void

/** Between two progress reports of a file. */
const reportMs = 100

export class ModelFiles {
  readonly manifest: ModelManifest
  readonly #baseUrl: string
  readonly #onProgress: OnProgress
  readonly #sizes: ReadonlyMap<string, number>
  #underWay = 0
  #since = 0
  #fetchMs = 0

  constructor(filesUrl: string, manifest: ModelManifest, onProgress: OnProgress) {
    this.manifest = manifest
    this.#baseUrl = filesUrl + manifest.root
    this.#onProgress = onProgress
    this.#sizes = new Map(manifest.files.map(({ path, bytes }) => [path, bytes]))
  }

  /** Time in which at least one file was on its way. */
  get fetchMs(): number {
    return this.#fetchMs
  }

  has(path: string): boolean {
    return this.#sizes.has(path)
  }

  /** Fails with LaneError 'ModelFileMissing'. */
  async bytes(path: string): Promise<Uint8Array> {
    this.#enter()
    try {
      const response = await this.#get(path)
      return await this.#read(path, response)
    } finally {
      this.#leave()
    }
  }

  /**
   * The file as Transformers.js asks for it. Its probe for existence and size (a range of one byte) is answered from
   * the manifest, and so is a file that the manifest lacks: 404.
   */
  async response(path: string, init?: RequestInit): Promise<Response> {
    const size = this.#sizes.get(path)
    if (size === undefined) return new Response(null, { status: 404 })
    if (new Headers(init?.headers).get('range') === 'bytes=0-0') {
      if (size === 0) return new Response(null, { status: 416 })
      return new Response(null, { status: 206, headers: { 'content-range': `bytes 0-0/${size}` } })
    }
    const bytes = await this.bytes(path)
    return new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { 'content-length': String(bytes.length) },
    })
  }

  async #get(path: string): Promise<Response> {
    if (!this.#sizes.has(path)) throw this.#missing(path, 'the model has no such file')
    let response: Response
    try {
      response = await fetch(this.#baseUrl + path.split('/').map(encodeURIComponent).join('/'))
    } catch (error) {
      throw this.#missing(path, error instanceof Error ? error.message : String(error))
    }
    if (!response.ok) throw this.#missing(path, `the host answered ${response.status}`)
    return response
  }

  async #read(path: string, response: Response): Promise<Uint8Array> {
    const size = this.#sizes.get(path) ?? 0
    // One buffer of the known size: chunks joined at the end would hold a large model twice.
    const bytes = this.#room(path, size)
    let loaded = 0
    let reported = performance.now()
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw this.#missing(path, `the connection broke after ${loaded} of ${size} bytes (${String(error)})`)
      })
      if (done) break
      if (loaded + value.length > size) {
        await reader.cancel()
        throw this.#missing(path, `more than the ${size} bytes of its manifest came`)
      }
      bytes.set(value, loaded)
      loaded += value.length
      if (performance.now() - reported >= reportMs) {
        reported = performance.now()
        this.#onProgress(path, loaded, size)
      }
    }
    if (loaded !== size) throw this.#missing(path, `${loaded} of ${size} bytes came`)
    this.#onProgress(path, size, size)
    return bytes
  }

  #room(path: string, size: number): Uint8Array<ArrayBuffer> {
    try {
      return new Uint8Array(size)
    } catch (cause) {
      const what = `${this.manifest.name}: no memory for the ${size} bytes of '${path}'`
      throw new LaneError('OutOfMemory', what, { cause })
    }
  }

  #missing(path: string, why: string): LaneError {
    return new LaneError('ModelFileMissing', `${this.manifest.name}: '${path}' could not be fetched: ${why}`)
  }

  #enter(): void {
    if (this.#underWay++ === 0) this.#since = performance.now()
  }

  #leave(): void {
    if (--this.#underWay === 0) this.#fetchMs += performance.now() - this.#since
  }
}
