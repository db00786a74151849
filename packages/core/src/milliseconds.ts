// A duration as milliseconds, for those who give the same one again and again: to read '1 second' costs as much as
// the message that it limits.

import { Duration } from 'effect'

const most = 64
const known = new Map<string, number>()

/** NaN for what is no duration. */
export function millisecondsOf(input: Duration.Input): number {
  if (typeof input === 'number') return input
  if (typeof input !== 'string') return read(input)
  const kept = known.get(input)
  if (kept !== undefined) return kept
  const ms = read(input)
  if (known.size >= most) known.clear()
  known.set(input, ms)
  return ms
}

function read(input: Duration.Input): number {
  try {
    return Duration.toMillis(input)
  } catch {
    return Number.NaN
  }
}
