// Every way in which a model may not be had. Each message is one line that says what happened, to what, and
// what to do about it.
import { Data } from 'effect'
import type { Dtype } from './Dtype.ts'

/** No source knows the model that was asked for. `looked` lists every place that was tried. */
export class ModelNotFound extends Data.TaggedError('ModelNotFound')<{
  readonly name: string
  readonly looked: readonly string[]
  /** Names that differ by a slip of the keyboard. */
  readonly near: readonly string[]
}> {
  override get message(): string {
    return `Model '${this.name}' was not found; looked in ${this.looked.join(', ') || 'nothing, since no folder and no hub is set: give a path such as ./my-model, or allow a hub'}.${meant(this.near)}`
  }
}

/** The model is there, but not a file that this use of it needs: most often the graph in that dtype. */
export class ModelFileMissing extends Data.TaggedError('ModelFileMissing')<{
  readonly name: string
  readonly file: string
  readonly dtype?: Dtype
  /** The dtypes in which all of its graphs exist. */
  readonly available: readonly Dtype[]
}> {
  override get message(): string {
    const advice =
      this.available.length > 0
        ? `Ask for one of the dtypes that it has: ${this.available.join(', ')}.`
        : 'Check that it is an ONNX model (Hugging Face layout: onnx/model.onnx).'
    return `Model '${this.name}' has no ${this.file}. ${advice}`
  }
}

/** The hub did not answer, or stopped answering, after all retries. */
export class HubUnreachable extends Data.TaggedError('HubUnreachable')<{
  readonly url: string
  readonly cause: unknown
  /** Names in the local folders that are near to the one asked for. */
  readonly near: readonly string[]
}> {
  override get message(): string {
    return `The hub did not answer at ${this.url} (${reason(this.cause)}). Check the network, set HF_ENDPOINT to a hub in reach, or give a folder instead.${meant(this.near)}`
  }
}

/** The hub answered with a status that no retry mends. */
export class HubRefused extends Data.TaggedError('HubRefused')<{
  readonly url: string
  readonly status: number
}> {
  override get message(): string {
    const advice =
      this.status === 401 || this.status === 403
        ? 'The model may be private or gated: set HF_TOKEN to a token that may read it.'
        : this.status === 429
          ? 'Too many requests: wait a while, or set HF_TOKEN.'
          : 'Try again later, or give a folder instead.'
    return `The hub refused ${this.url} with status ${this.status}. ${advice}`
  }
}

/** The cache folder cannot be made or written to, or the disk is full. */
export class CacheUnwritable extends Data.TaggedError('CacheUnwritable')<{
  readonly folder: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `The cache folder ${this.folder} cannot be written (${reason(this.cause)}). Set SHOAL_CACHE or --cache to a folder that can.`
  }
}

/** A file's content is not what its source said it would be, or changed after it was resolved. */
export class ModelCorrupt extends Data.TaggedError('ModelCorrupt')<{
  readonly name: string
  readonly file: string
  readonly expected: string
  readonly actual: string
}> {
  override get message(): string {
    return `File ${this.file} of model '${this.name}' is not what it should be (expected ${this.expected}, got ${this.actual}). Resolve the model again; if it happens again, the source is damaged.`
  }
}

/** What was asked for cannot be a model's name, path or URL. */
export class ModelNameRefused extends Data.TaggedError('ModelNameRefused')<{
  readonly name: string
  readonly reason: string
}> {
  override get message(): string {
    return `'${this.name}' cannot name a model: ${this.reason}. Give a name such as org/name, a folder, an .onnx file or a hub URL.`
  }
}

/** A local file of the model cannot be read, or its config.json is not JSON. */
export class ModelUnreadable extends Data.TaggedError('ModelUnreadable')<{
  readonly file: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `${this.file} cannot be read (${reason(this.cause)}). Check its permissions and that it is whole.`
  }
}

export type ModelStoreError =
  | ModelNotFound
  | ModelFileMissing
  | HubUnreachable
  | HubRefused
  | CacheUnwritable
  | ModelCorrupt
  | ModelNameRefused
  | ModelUnreadable

const classes = [
  ModelNotFound,
  ModelFileMissing,
  HubUnreachable,
  HubRefused,
  CacheUnwritable,
  ModelCorrupt,
  ModelNameRefused,
  ModelUnreadable,
]

export const isModelStoreError = (error: unknown): error is ModelStoreError =>
  classes.some(type => error instanceof type)

const meant = (near: readonly string[]): string =>
  near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ''

/** fetch says only 'fetch failed': why stands in the cause, one or two floors down. */
function reason(cause: unknown): string {
  let error = cause
  while (error instanceof Error && error.cause instanceof Error) error = error.cause
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  return (error.message || code || error.name).split('\n', 1)[0] ?? ''
}
