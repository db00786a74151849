// A duration as milliseconds, for those who give the same one again and again: to read '1 second' costs as much as
// the message that it limits.

import { Duration } from 'effect'

const most = 64
const known = new Map<string, number>()

export function millisecondsOf(input: Duration.Input): number {
  if (typeof input === 'number') return input
  if (typeof input !== 'string') return Duration.toMillis(input)
  const kept = known.get(input)
  if (kept !== undefined) return kept
  const ms = Duration.toMillis(input)
  if (known.size >= most) known.clear()
  known.set(input, ms)
  return ms
}
