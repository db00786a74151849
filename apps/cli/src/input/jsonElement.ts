// Which elements of a tensor a JSON file may give: by kind, and within what their dtype holds. A typed array would wrap
// what does not fit without a word. Pure; not the file around them (readInput.ts).

import type { TensorDtype } from '@shoal/tensor'

/** Half bits are nobody's to write down. */
export type WritableDtype = Exclude<TensorDtype, 'float16'>

const signed = (bits: bigint) => [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] as const
const unsigned = (bits: bigint) => [0n, 2n ** bits - 1n] as const

/** The least and the greatest. */
const ranges: Partial<Record<WritableDtype, readonly [bigint, bigint]>> = {
  int8: signed(8n),
  uint8: unsigned(8n),
  int16: signed(16n),
  uint16: unsigned(16n),
  int32: signed(32n),
  uint32: unsigned(32n),
  int64: signed(64n),
  uint64: unsigned(64n),
}

const isWide = (dtype: WritableDtype) => dtype === 'int64' || dtype === 'uint64'

/** Whether it is an element as JSON writes one: 64-bit integers also as text, since a number there may lose digits. */
export function fits(dtype: WritableDtype, element: unknown): boolean {
  if (dtype === 'string') return typeof element === 'string'
  if (dtype === 'bool') return typeof element === 'boolean' || element === 0 || element === 1
  if (dtype === 'float32') return typeof element === 'number' && Number.isFinite(Math.fround(element))
  // JSON has no infinity, but 1e400 is read as one.
  if (dtype === 'float64') return Number.isFinite(element)
  const whole = wholeOf(dtype, element)
  const range = ranges[dtype]
  return whole !== undefined && range !== undefined && whole >= range[0] && whole <= range[1]
}

function wholeOf(dtype: WritableDtype, element: unknown): bigint | undefined {
  if (isWide(dtype) && typeof element === 'string' && /^-?\d+$/.test(element)) return BigInt(element)
  return typeof element === 'number' && Number.isSafeInteger(element) ? BigInt(element) : undefined
}

/** What would fit, for people. */
export function elementsOf(dtype: WritableDtype): string {
  if (dtype === 'string') return 'strings'
  if (dtype === 'bool') return 'true and false'
  const range = ranges[dtype]
  if (range === undefined) return `numbers that a ${dtype} can hold`
  const digits = isWide(dtype) ? ', as strings of digits beyond 2^53' : ''
  return `whole numbers from ${range[0]} to ${range[1]}${digits}`
}
