// A file that the result was to be written to cannot be: found out before the work, not after it.

import { mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Data } from 'effect'

/** A file named for output cannot be written. */
export class OutputUnwritable extends Data.TaggedError('OutputUnwritable')<{
  readonly file: string
  readonly message: string
}> {}

/** Makes the file's folder, and sees that the file can be written. Fails with OutputUnwritable. */
export async function expectWritable(option: string, file: string): Promise<void> {
  const isNew = (await stat(file).catch(() => undefined)) === undefined
  try {
    await mkdir(dirname(file), { recursive: true })
    await (await open(file, 'a')).close()
    // Where the run comes to nothing, no empty report is left.
    if (isNew) await rm(file)
  } catch (cause) {
    throw new OutputUnwritable({
      file,
      message: `${option} ${file} cannot be written (${cause instanceof Error ? cause.message : String(cause)}); name a file in a folder that you may write to.`,
    })
  }
}
