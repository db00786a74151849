// The port through which the host gets the files of models: where they come from is not the bridge's business.
import type { Readable } from 'node:stream'

export interface OpenedFile {
  /** Length of this stream. */
  readonly bytes: number
  /** Length of the whole file. */
  readonly total: number
  /** MIME type. */
  readonly type: string
  readonly stream: Readable
}

export interface FileProvider {
  /**
   * Opens a file, or a range of it, of the model with that key. Both ends of the range are inclusive and within the
   * file. Undefined: there is no such model or file. The stream is destroyed where it is not wanted after all.
   */
  open(
    key: string,
    path: string,
    range?: { readonly start: number; readonly end: number },
  ): OpenedFile | undefined | Promise<OpenedFile | undefined>
}
