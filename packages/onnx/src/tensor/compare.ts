// Whether one tensor is numerically the other: the judgement behind 'every answer was right'. Not a statistic
// to trend: `matches` is the answer, the numbers say by how much.
import type { Tensor, TensorDtype } from '@shoal/tensor'

/** The precision that the model computed in; it sets the tolerance. `exact` wants the same values. */
export type Precision = 'fp32' | 'fp16' | 'q8' | 'exact'

export interface Tolerance {
  /** Least cosine similarity of the flattened tensors. */
  readonly cosine: number
  /** Greatest absolute difference allowed, as a share of the reference's root mean square; undefined: not judged. */
  readonly maxAbsOfRms: number | undefined
}

export interface Comparison {
  readonly matches: boolean
  /** Greatest absolute difference of two elements; NaN where the tensors cannot be compared elementwise. */
  readonly maxAbsDiff: number
  /** Root mean square of the difference. */
  readonly rmsDiff: number
  readonly cosine: number
  readonly tolerance: Tolerance
  /** Why it does not match; undefined where it does. */
  readonly reason: string | undefined
}

// Measured between onnxruntime-node and onnxruntime-web on seeded models. Outputs cross zero, so there is no
// pure relative tolerance; 8-bit results are never judged element by element.
const tolerances: Record<Precision, Tolerance> = {
  fp32: { cosine: 0.999999, maxAbsOfRms: 1e-4 },
  fp16: { cosine: 0.9999, maxAbsOfRms: 2e-2 },
  q8: { cosine: 0.999, maxAbsOfRms: undefined },
  exact: { cosine: 1, maxAbsOfRms: 0 },
}

const floats: ReadonlySet<TensorDtype> = new Set<TensorDtype>(['float32', 'float16', 'float64'])

/**
 * Compares a tensor with its reference. Element type and dims must be the same, every value finite; floats are
 * judged by the tolerance of `precision`, all other types must be equal element by element.
 */
export function compareTensors(actual: Tensor, reference: Tensor, precision: Precision): Comparison {
  const tolerance = tolerances[precision]
  const incomparable = (reason: string): Comparison => ({
    matches: false,
    maxAbsDiff: Number.NaN,
    rmsDiff: Number.NaN,
    cosine: Number.NaN,
    tolerance,
    reason,
  })
  if (actual.dtype !== reference.dtype)
    return incomparable(`element type ${actual.dtype} against ${reference.dtype}`)
  if (String(actual.dims) !== String(reference.dims))
    return incomparable(`dims [${actual.dims}] against [${reference.dims}]`)
  if (actual.data.length !== reference.data.length)
    return incomparable(`${actual.data.length} values against ${reference.data.length}`)
  if (!floats.has(actual.dtype) || precision === 'exact') return compareExactly(actual, reference)
  return compareFloats(asNumbers(actual), asNumbers(reference), tolerance)
}

function compareFloats(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: Tolerance): Comparison {
  let maxAbsDiff = 0
  let squares = 0
  let dot = 0
  let normA = 0
  let normB = 0
  let finite = true
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number
    const y = b[i] as number
    if (!Number.isFinite(x) || !Number.isFinite(y)) finite = false
    const difference = Math.abs(x - y)
    if (difference > maxAbsDiff) maxAbsDiff = difference
    squares += difference * difference
    dot += x * y
    normA += x * x
    normB += y * y
  }
  const rmsDiff = a.length === 0 ? 0 : Math.sqrt(squares / a.length)
  const bothZero = normA === 0 && normB === 0
  const cosine = bothZero ? 1 : dot / Math.sqrt(normA * normB || Number.MIN_VALUE)
  const rms = a.length === 0 ? 0 : Math.sqrt(normB / a.length)
  const base = { maxAbsDiff: finite ? maxAbsDiff : Number.NaN, rmsDiff, cosine, tolerance }
  const fail = (reason: string): Comparison => ({ ...base, matches: false, reason })
  if (!finite) return fail('a value that is not finite')
  if (!(cosine >= tolerance.cosine)) return fail(`cosine ${cosine} below ${tolerance.cosine}`)
  const limit = tolerance.maxAbsOfRms === undefined ? Number.POSITIVE_INFINITY : tolerance.maxAbsOfRms * rms
  if (maxAbsDiff > limit) return fail(`a difference of ${maxAbsDiff}, over ${limit}`)
  return { ...base, matches: true, reason: undefined }
}

function compareExactly(actual: Tensor, reference: Tensor): Comparison {
  let first = -1
  let maxAbsDiff = 0
  let squares = 0
  const a = floats.has(actual.dtype) ? asNumbers(actual) : actual.data
  const b = floats.has(reference.dtype) ? asNumbers(reference) : reference.data
  for (let i = 0; i < a.length; i++) {
    // Object.is would tell 0 from -0; equal NaNs are the same value for a copy.
    if (a[i] === b[i] || (Number.isNaN(a[i]) && Number.isNaN(b[i]))) continue
    if (first < 0) first = i
    const difference = Math.abs(Number(a[i]) - Number(b[i]))
    maxAbsDiff = Math.max(maxAbsDiff, difference)
    squares += difference * difference
  }
  const same = first < 0
  return {
    matches: same,
    maxAbsDiff,
    rmsDiff: a.length === 0 ? 0 : Math.sqrt(squares / a.length),
    cosine: same ? 1 : Number.NaN,
    tolerance: tolerances.exact,
    reason: same ? undefined : `element ${first} is ${String(a[first])}, not ${String(b[first])}`,
  }
}

function asNumbers({ dtype, data }: Tensor): ArrayLike<number> {
  if (dtype === 'float16') return new Float16Array(data.buffer, data.byteOffset, data.length)
  return data as Float32Array
}
