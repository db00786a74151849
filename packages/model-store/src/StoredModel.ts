// A model whose files all lie on this disk, known by what they hold. A handle: it reads, it never fetches.
import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { Dtype, PartDtypes } from './Dtype.ts'
import { ModelCorrupt } from './errors.ts'

export interface ModelFile {
  /** '/'-separated, as in the Hugging Face layout: 'onnx/model_fp16.onnx', 'config.json'. */
  readonly path: string
  readonly bytes: number
  /** 64 hex digits. */
  readonly sha256: string
}

/** Bytes `start` to `end`, both inclusive and from 0, as in HTTP; without `end`, to the end of the file. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

export interface OpenedFile {
  /** Length of what the stream gives: 0 when the range begins at or past the end. */
  readonly bytes: number
  /** Length of the whole file. */
  readonly total: number
  /** Media type. */
  readonly type: string
  readonly stream: Readable
}

export interface StoredModel {
  /** sha256 over the sorted paths and hashes of the files: equal keys mean equal content. */
  readonly key: string
  readonly name: string
  /** `task` when a task was asked for: its inputs are prepared from text, image or audio. */
  readonly kind: 'graph' | 'task'
  readonly task?: string
  /** Of the graph in `graphFile`. */
  readonly dtype: Dtype
  /** Of each part by the stem of its graph, where they differ. */
  readonly partDtypes?: PartDtypes
  /** Path of the graph, or of the first one of a model of several parts. */
  readonly graphFile: string
  readonly files: readonly ModelFile[]
  /** Sum over all files. */
  readonly bytes: number
  /** What config.json says, where there is one. */
  readonly config?: Readonly<Record<string, unknown>>
  /** The folder or URL that it came from. */
  readonly origin: string
  /** Where a file lies on this disk, for a runtime that reads it there. */
  localPath(path: string): string | undefined
  /**
   * Opens a file of the model, or a part of it. `undefined` when it is none of the model's files.
   * @throws ModelCorrupt when the file changed on disk since the model was resolved
   */
  open(path: string, range?: ByteRange): OpenedFile | undefined
}

/** A file as it was when it was hashed. */
export interface PlacedFile extends ModelFile {
  readonly location: string
  readonly mtimeMs: number
}

export function storedModel(
  about: Pick<StoredModel, 'name' | 'kind' | 'dtype' | 'graphFile' | 'origin'> & {
    readonly task: string | undefined
    readonly config: Readonly<Record<string, unknown>> | undefined
    readonly partDtypes: PartDtypes | undefined
  },
  placed: readonly PlacedFile[],
): StoredModel {
  const { task, config, partDtypes, ...rest } = about
  const byPath = new Map(placed.map(file => [file.path, file]))
  return {
    ...rest,
    ...(task === undefined ? {} : { task }),
    ...(config === undefined ? {} : { config }),
    ...(partDtypes === undefined ? {} : { partDtypes }),
    key: contentKey(placed),
    files: placed.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
    bytes: placed.reduce((sum, { bytes }) => sum + bytes, 0),
    localPath: path => byPath.get(path)?.location,
    open: (path, range) => {
      const file = byPath.get(path)
      return file === undefined ? undefined : openFile(about.name, file, range)
    },
  }
}

export function contentKey(files: readonly ModelFile[]): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).sort()
  return createHash('sha256').update(lines.join('')).digest('hex')
}

function openFile(name: string, file: PlacedFile, range: ByteRange | undefined): OpenedFile {
  const now = statSync(file.location, { throwIfNoEntry: false })
  if (now === undefined || now.size !== file.bytes || now.mtimeMs !== file.mtimeMs) {
    const actual = now === undefined ? 'nothing' : 'a file that changed since it was resolved'
    throw new ModelCorrupt({ name, file: file.path, expected: `sha256 ${file.sha256}`, actual })
  }
  const total = file.bytes
  const start = Math.max(0, range?.start ?? 0)
  const end = Math.min(range?.end ?? total - 1, total - 1)
  const bytes = Math.max(0, end - start + 1)
  const stream = bytes === 0 ? Readable.from([]) : createReadStream(file.location, { start, end })
  return { bytes, total, type: mediaType(file.path), stream }
}

const types: Readonly<Record<string, string>> = {
  json: 'application/json',
  txt: 'text/plain; charset=utf-8',
  jinja: 'text/plain; charset=utf-8',
}

const mediaType = (path: string): string =>
  types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
