// Reading the numbers of an answer.

import type { NamedTensor } from '@shoal/tensor'
import type { Result } from '../../src/protocol/messages.ts'

export function values(tensor: NamedTensor | undefined): number[] {
  if (tensor?.dtype !== 'float32')
    throw new Error(`expected a float32 tensor, got ${tensor?.dtype ?? 'none'}`)
  return [...tensor.data]
}

/** The first tensor's. */
export const floats = ({ tensors }: Result): number[] => values(tensors[0])

/** Infinite where the lengths differ or a number is none. */
export function maxDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  const differences = a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN)))
  return differences.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(0, ...differences)
}
