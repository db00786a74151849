// One model's files, as a lane fetches them from the host: with progress, with a typed error where one is missing.
// Only files that the manifest names are asked for; the lane takes nothing from anywhere else.

import type { FilesTaken, ModelFile, ModelManifest } from '../protocol/messages.ts'
import { LaneError } from '../protocol/wireErrors.ts'
import { type FileCache, sha256 } from './FileCache.ts'

export type OnProgress = (file: string, loaded: number, total: number) => void

/** Between two progress reports of a file. */
const reportMs = 100

/** A file that Transformers.js takes as text, however it asks. */
const smallBytes = 64 * 1024

export interface ModelFilesOptions {
  /** Ends in '/'. */
  readonly filesUrl: string
  readonly manifest: ModelManifest
  readonly onProgress: OnProgress
  /** Where files are kept, or why nowhere; undefined where they are not to be kept. */
  readonly cache: FileCache | string | undefined
  /** Ends what is on its way, and begins nothing more. */
  readonly signal: AbortSignal
}

export class ModelFiles {
  readonly manifest: ModelManifest
  readonly #baseUrl: string
  readonly #onProgress: OnProgress
  readonly #cache: FileCache | undefined
  readonly #noCache: string | undefined
  readonly #signal: AbortSignal
  readonly #files: ReadonlyMap<string, ModelFile>
  /** Those that were asked for before the engine wanted them. */
  readonly #early = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  #downloadedBytes = 0
  #keptBytes = 0
  #underWay = 0
  #since = 0
  #fetchMs = 0

  constructor({ filesUrl, manifest, onProgress, cache, signal }: ModelFilesOptions) {
    this.manifest = manifest
    this.#signal = signal
    this.#baseUrl = filesUrl + manifest.root
    this.#onProgress = onProgress
    this.#files = new Map(manifest.files.map(file => [file.path, file]))
    if (typeof cache === 'string') this.#noCache = cache
    else this.#cache = cache
  }

  get taken(): FilesTaken {
    const note = this.#noCache ?? this.#cache?.note
    return {
      downloadedBytes: this.#downloadedBytes,
      keptBytes: this.#keptBytes,
      ...(note === undefined ? {} : { note }),
    }
  }

  /** Time in which at least one file was on its way. */
  get fetchMs(): number {
    return this.#fetchMs
  }

  has(path: string): boolean {
    return this.#files.has(path)
  }

  /** Asks for all of them now, side by side: each is there, or on its way, when the engine wants it. */
  fetchAll(): void {
    for (const path of this.#files.keys()) {
      const coming = this.#fetch(path)
      // Who wants it hears of its failure; one that nobody wants may fail.
      coming.catch(() => {})
      this.#early.set(path, coming)
    }
  }

  /** The caller's own: it may let them go. Fails with LaneError 'ModelFileMissing', 'Cancelled' after its signal. */
  async bytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const coming = this.#early.get(path)
    this.#early.delete(path)
    return await (coming ?? this.#fetch(path))
  }

  async #fetch(path: string): Promise<Uint8Array<ArrayBuffer>> {
    this.#enter()
    try {
      const file = this.#files.get(path)
      if (file === undefined) throw this.#missing(path, 'the model has no such file')
      if (this.#signal.aborted) throw this.#missing(path, '')
      const kept = await this.#cache?.read(file)
      if (kept !== undefined) {
        this.#keptBytes += kept.length
        this.#onProgress(path, kept.length, kept.length)
        return kept
      }
      const bytes = await this.#read(file, await this.#get(path))
      this.#downloadedBytes += bytes.length
      await this.#keep(file, bytes)
      return bytes
    } finally {
      this.#leave()
    }
  }

  /** Hashed before it is kept: what is wrong once would be wrong for good. */
  async #keep(file: ModelFile, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#cache === undefined || file.sha256 === '') return
    const came = await sha256(bytes)
    if (came !== file.sha256) {
      throw this.#missing(file.path, `its content (sha256 ${came.slice(0, 8)}…) is not its manifest's`)
    }
    await this.#cache.write(file, bytes)
  }

  /**
   * The file as Transformers.js asks for it. Its probe for existence and size (a range of one byte) is answered from
   * the manifest, and so is a file that the manifest lacks: 404.
   */
  async response(path: string, init?: RequestInit): Promise<Response> {
    const size = this.#files.get(path)?.bytes
    if (size === undefined) return new Response(null, { status: 404 })
    if (new Headers(init?.headers).get('range') === 'bytes=0-0') {
      if (size === 0) return new Response(null, { status: 416 })
      return new Response(null, { status: 206, headers: { 'content-range': `bytes 0-0/${size}` } })
    }
    const bytes = await this.bytes(path)
    const headers = { 'content-length': String(bytes.length) }
    if (size < smallBytes) return new Response(bytes, { headers })
    // As it is: a response makes a copy of what it is given, and another of what it gives.
    const whole = async () => bytes.buffer
    return Object.defineProperty(new Response(null, { headers }), 'arrayBuffer', { value: whole })
  }

  async #get(path: string): Promise<Response> {
    let response: Response
    try {
      const url = this.#baseUrl + path.split('/').map(encodeURIComponent).join('/')
      response = await fetch(url, { signal: this.#signal })
    } catch (error) {
      throw this.#missing(path, error instanceof Error ? error.message : String(error))
    }
    if (!response.ok) throw this.#missing(path, `the host answered ${response.status}`)
    return response
  }

  async #read({ path, bytes: size }: ModelFile, response: Response): Promise<Uint8Array<ArrayBuffer>> {
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
      if (loaded < size && performance.now() - reported >= reportMs) {
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
    if (this.#signal.aborted) {
      return new LaneError('Cancelled', `${this.manifest.name}: cancelled before '${path}' had come`)
    }
    return new LaneError('ModelFileMissing', `${this.manifest.name}: '${path}' could not be fetched: ${why}`)
  }

  #enter(): void {
    if (this.#underWay++ === 0) this.#since = performance.now()
  }

  #leave(): void {
    if (--this.#underWay === 0) this.#fetchMs += performance.now() - this.#since
  }
}
