// First inputs for a model, made here, so that what is slow only once (shader compilation, kernel selection) is over
// before the first request: one sample, and where its requests go together, the shapes that they then have. The answers
// are thrown away.

import { type Backend, modalityOf, type RunRequest, type ValueMetadata } from '@shoal/browser-bridge'
import { type NamedTensor, zeros } from '@shoal/tensor'
import type { ModelBatching } from '../batching/batchingOf.ts'
import { type TaskParts, toRunRequest } from '../inputs.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'

const side = 32
const rate = 16_000

/** Tokens of a row: the first buckets of batching. Longer rows are rare, and each shape costs a run to warm. */
const widths = [8, 16, 32, 64]

/**
 * Whether a sample is run on a lane before the model is ready there: because somebody asked for it, or because it is the
 * type's default and the lane has shaders. Where nobody asked, one that cannot be run is no reason to refuse the model.
 */
export function warmUpNeed(
  { optimizations }: ResolvedSpec,
  backend: Backend,
  always: boolean,
): 'none' | 'may fail' | 'must succeed' {
  const { precompileShaders } = optimizations
  if (always || precompileShaders === true) return 'must succeed'
  return precompileShaders !== false && backend === 'webgpu' ? 'may fail' : 'none'
}

/**
 * The first must succeed; the others are shapes that a model may be too small for.
 * @param inputs the graph's own inputs, as the lane's session names them
 */
export function warmUpRequests(
  spec: ResolvedSpec,
  inputs: readonly ValueMetadata[],
  batching: ModelBatching | undefined,
): readonly [RunRequest, ...RunRequest[]] {
  const sample = requestOf(spec, inputs, undefined)
  if (batching === undefined) return [sample]
  const { policy, batcher } = batching
  const hasWidth =
    spec.task === undefined
      ? inputs.some(({ name, dims }) => name === 'attention_mask' && typeof dims[1] === 'string')
      : modalityOf(spec.task)?.takes === 'text'
  const shapes = (hasWidth ? widths : [undefined]).flatMap(width => {
    const one = requestOf(spec, inputs, width)
    const rows = Math.min(policy.maxSize, Math.floor(policy.maxTokens / (width ?? 1)))
    if (rows < 1) return []
    const works = Array.from({ length: rows }, () => ({ request: one, options: {} }))
    return rows === 1 ? [one] : [one, batcher.join(works).request]
  })
  return [sample, ...shapes]
}

/** @param width tokens of its row, about; whatever is there where it is undefined */
function requestOf(
  spec: ResolvedSpec,
  inputs: readonly ValueMetadata[],
  width: number | undefined,
): RunRequest {
  if (spec.task === undefined)
    return { input: { kind: 'tensors' }, tensors: inputs.map(input => blank(input, width)) }
  const request = toRunRequest(spec, sampleOf(spec.task, width), undefined)
  if (request instanceof Error) throw request
  return request
}

/** Something of each kind that the task takes. */
function sampleOf(task: string, width: number | undefined): TaskParts {
  const kind = modalityOf(task)
  const image = { width: side, height: side, channels: 3 as const, data: new Uint8Array(side * side * 3) }
  const audio = { samples: new Float32Array(rate), samplingRate: rate }
  // A word is a token, and two more stand around them.
  const text = width === undefined ? 'warm' : 'warm '.repeat(width - 2).trimEnd()
  const beside = kind?.beside === undefined ? {} : { text: ['warm'] }
  switch (kind?.takes) {
    case 'image':
      return { image, ...beside }
    case 'audio':
      return { audio, ...beside }
    default:
      return { text, ...(kind?.beside === undefined ? {} : { args: ['warm'] }) }
  }
}

/** Zeros of the input's type, with 1 for each dim that the graph leaves open, and the width for the second. */
function blank({ name, dtype, dims }: ValueMetadata, width: number | undefined): NamedTensor {
  const shape = dims.map((dim, axis) =>
    typeof dim === 'number' && dim > 0 ? dim : axis === 1 && width !== undefined ? width : 1,
  )
  return { name, ...zeros(dtype === 'unknown' ? 'string' : dtype, shape) }
}
