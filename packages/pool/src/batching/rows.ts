// Tensors put together along their first axis and taken apart again, exactly: padded to one size on the way in, cut
// back on the way out. Arithmetic on elements alone; which axes may be padded is the batchers' business.

import { elementCount, type NamedTensor, type Tensor, zeros } from '@shoal/tensor'

type Elements = { [at: number]: number | bigint | string; length: number }

/**
 * One tensor of all the rows. Further axes are made as long as the longest, and what that adds is filled.
 * @param parts of one dtype and rank, at least one
 */
export function joinRows(parts: readonly NamedTensor[], fill: number): NamedTensor {
  const [first] = parts
  if (first === undefined) throw new RangeError('joinRows: nothing to join')
  if (parts.length === 1) return first
  const rows = parts.reduce((sum, { dims }) => sum + (dims[0] ?? 0), 0)
  const widest = first.dims.map((_, axis) => Math.max(...parts.map(({ dims }) => dims[axis] ?? 0))).slice(1)
  const joined = zeros(first.dtype, [rows, ...widest])
  const target = joined.data as Elements
  const padded = parts.some(({ dims }) => widest.some((size, at) => dims[at + 1] !== size))
  if (padded && fill !== 0) fillWith(joined, fill)
  let row = 0
  for (const { data, dims } of parts) {
    const own = dims[0] ?? 0
    const start = row * sizeOf(widest)
    copyRuns(dims, [own, ...widest], (narrow, wide, length) =>
      copy(data as Elements, narrow, target, start + wide, length),
    )
    row += own
  }
  return { name: first.name, ...joined }
}

/** Rows `from` to `from + dims[0]` of a tensor, each axis cut to `dims`. */
export function takeRows(whole: NamedTensor, from: number, dims: readonly number[]): NamedTensor {
  const part = zeros(whole.dtype, dims)
  const outer = whole.dims.slice(1)
  const start = from * sizeOf(outer)
  copyRuns(dims, [dims[0] ?? 0, ...outer], (narrow, wide, length) =>
    copy(whole.data as Elements, start + wide, part.data as Elements, narrow, length),
  )
  return { name: whole.name, ...part }
}

/** The longest runs of elements that lie together in both: a block of `narrow` dims in the corner of one of `wide`. */
function copyRuns(
  narrow: readonly number[],
  wide: readonly number[],
  visit: (narrowAt: number, wideAt: number, length: number) => void,
): void {
  const walk = (axis: number, narrowAt: number, wideAt: number) => {
    const innerNarrow = sizeOf(narrow.slice(axis + 1))
    const innerWide = sizeOf(wide.slice(axis + 1))
    const count = narrow[axis] ?? 1
    if (innerNarrow === innerWide) return visit(narrowAt, wideAt, count * innerNarrow)
    for (let at = 0; at < count; at++) walk(axis + 1, narrowAt + at * innerNarrow, wideAt + at * innerWide)
  }
  walk(0, 0, 0)
}

function copy(source: Elements, from: number, target: Elements, to: number, length: number): void {
  if (ArrayBuffer.isView(source) && ArrayBuffer.isView(target)) {
    const view = source as unknown as Float32Array
    ;(target as unknown as Float32Array).set(view.subarray(from, from + length), to)
    return
  }
  for (let at = 0; at < length; at++) target[to + at] = source[from + at] ?? ''
}

function fillWith({ dtype, data }: Tensor, fill: number): void {
  if (dtype === 'string') return
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.fill(BigInt(fill))
  else (data as Float32Array).fill(fill)
}

function sizeOf(dims: readonly number[]): number {
  return elementCount(dims) ?? 0
}
