// How a failure ends the command: one line that says what to do, and an exit code. 2 is for what the caller
// can mend (wrong input, nothing to run on), 1 for a run that went wrong, 130 for Ctrl-C.

/** Tags of errors that a caller mends by asking for something else. */
const callersTags = new Set([
  'InvalidOption',
  'UnsupportedOption',
  'InvalidInput',
  'InputUnreadable',
  'InputMismatch',
  'OnnxDecodeError',
  'UnsupportedOperators',
  'BadModelRequest',
  'NoBrowser',
  'ModelUnplaceable',
  'ModelNotFound',
  'ModelFileMissing',
  'ModelNameRefused',
  'ModelUnreadable',
  'ModelCorrupt',
  'HubRefused',
  'HubUnreachable',
  'CacheUnwritable',
  'PortInUse',
  'ListenFailed',
  'ReferenceMissing',
])

/** Codes that a lane gives to a request which would fail on any other lane too. */
const laneCodes = new Set([
  'WrongInput',
  'UnknownTask',
  'ModelInvalid',
  'UnsupportedOperator',
  'ModelFileMissing',
])

export function exitCodeOf(error: unknown): number {
  if (has(error, '_tag') && callersTags.has(String(error._tag))) return 2
  if (has(error, 'code') && laneCodes.has(String(error.code))) return 2
  if (has(error, '_tag') && error._tag === 'Interrupted') return 130
  return 1
}

/** The error in one line. What carries no tag is a defect of ours, so its stack is kept. */
export function lineOf(error: unknown): string {
  if (has(error, '_tag') && error instanceof Error) return error.message.replace(/\s*\n\s*/g, ' ')
  if (error instanceof Error) return error.stack ?? error.message
  return String(error)
}

function has<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && key in value
}
