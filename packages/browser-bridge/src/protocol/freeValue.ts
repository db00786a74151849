// Values in a header whose shape no message knows: what a task answers beside tensors, and the arguments and options
// of its pipeline. JSON has no NaN, no infinities and no -0; here they cross as { "$number": "NaN" } and come out as
// what they were. What JSON would drop or turn into null in silence is refused.

import type { Check } from './check.ts'
import { FrameError } from './frameError.ts'

const maxDepth = 32
const numberKey = '$number'
const numbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
}

const refuse = (what: string) => new FrameError('HeaderMalformed', `${what} cannot be sent in a header`)

/** Fails with FrameError 'HeaderMalformed' on what cannot cross; undefined in a map is left out. */
export function writeFreeValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') {
    if (Number.isFinite(value) && !Object.is(value, -0)) return value
    return { [numberKey]: value === 0 ? '-0' : String(value) }
  }
  if (typeof value !== 'object') throw refuse(`a value of type ${typeof value}`)
  if (depth >= maxDepth) throw refuse(`a value nested deeper than ${maxDepth}`)
  if (Array.isArray(value)) return value.map(element => writeFreeValue(element, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw refuse('an object that is not plain')
  const map: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__' || key === numberKey) throw refuse(`a key named ${key}`)
    if (inner !== undefined) map[key] = writeFreeValue(inner, depth + 1)
  }
  return map
}

/** Any value that `writeFreeValue` gives: no deeper, and with no key that could reach a prototype. */
export const freeValue: Check<unknown> = value =>
  value === undefined ? ': expected a value' : faultIn(value, 0)

function faultIn(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (depth >= maxDepth) return `: nested deeper than ${maxDepth}`
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__') return ': has a key named __proto__'
    const fault = faultIn(inner, depth + 1)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** Puts the numbers back, in place; for values that `freeValue` has let through. */
export function readFreeValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const map = value as Record<string, unknown>
  const name = Array.isArray(value) ? undefined : map[numberKey]
  if (typeof name === 'string' && Object.hasOwn(numbers, name)) return numbers[name]
  for (const key of Object.keys(map)) map[key] = readFreeValue(map[key])
  return value
}
