// The contract of a place that models come from. A source finds a model and puts its files on this disk; which
// files are wanted, and what to call the result, is not its business.
import type { PlacedFile } from './StoredModel.ts'
import type { Wanted } from './selectFiles.ts'

export interface ModelSource {
  /** Said to people who ask where a model was looked for. */
  readonly where: string
  /** `undefined` when the source does not know the model. `wanted` spares a source from listing all it has. */
  find(request: ModelRequest, signal: AbortSignal): Promise<FoundModel | undefined>
  /** The names it has, as far as it can tell without much work. */
  names(): Promise<readonly string[]>
}

export interface ModelRequest {
  readonly id: string
  readonly revision: string
  readonly wanted: Wanted
}

export interface FoundModel {
  /** The folder or URL of the model itself. */
  readonly origin: string
  /** Every file that could be wanted, '/'-separated, relative to the model. */
  readonly paths: readonly string[]
  /** Set when the source was pointed at one graph: then all of `paths` belongs to it. */
  readonly graphFile?: string
  /** Makes the file lie on this disk, whole and hashed. */
  place(path: string, work: PlacingWork): Promise<PlacedFile>
  /** Told once when all wanted files lie on disk, so that the source can answer without its network next time. */
  placed?(files: readonly PlacedFile[]): Promise<void>
}

export interface PlacingWork {
  readonly signal: AbortSignal
  readonly onProgress: (progress: ModelProgress) => void
}

export interface ModelProgress {
  readonly file: string
  /** Bytes so far. */
  readonly loaded: number
  /** Bytes in all, where the source says so. */
  readonly total: number | undefined
  /** `disk`: a local file is being hashed. `hub`: it is being downloaded. */
  readonly source: 'disk' | 'hub'
}
