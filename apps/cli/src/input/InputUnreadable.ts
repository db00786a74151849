// The error of an input that the command line names and nobody can take.

import { Data } from 'effect'

/** An input names a file that is missing, or holds something that no model takes. */
export class InputUnreadable extends Data.TaggedError('InputUnreadable')<{
  readonly input: string
  readonly message: string
}> {}

export function unreadable(input: string, what: string): InputUnreadable {
  return new InputUnreadable({ input, message: `--input ${input}: ${what}.` })
}
