// A first input for a model, made here, so that what is slow only once (shader compilation, kernel selection)
// is over before the first request. Its answer is thrown away.

import {
  elementBytes,
  elementCount,
  modalityOf,
  type NamedTensor,
  type RunRequest,
  type ValueMetadata,
  viewOf,
} from '@shoal/browser-bridge'
import { type TaskParts, toRunRequest } from '../inputs.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'

const side = 32
const rate = 16_000

/** @param inputs the graph's own inputs, as the lane's session names them */
export function warmUpRequest(spec: ResolvedSpec, inputs: readonly ValueMetadata[]): RunRequest {
  if (spec.task === undefined) return { input: { kind: 'tensors' }, tensors: inputs.map(zeros) }
  const request = toRunRequest(spec, sampleOf(spec.task), undefined)
  if (request instanceof Error) throw request
  return request
}

/** Something of each kind that the task takes. */
function sampleOf(task: string): TaskParts {
  const kind = modalityOf(task)
  const image = { width: side, height: side, channels: 3 as const, data: new Uint8Array(side * side * 3) }
  const audio = { samples: new Float32Array(rate), samplingRate: rate }
  const beside = kind?.beside === undefined ? {} : { text: ['warm'] }
  switch (kind?.takes) {
    case 'image':
      return { image, ...beside }
    case 'audio':
      return { audio, ...beside }
    default:
      return { text: 'warm', ...(kind?.beside === undefined ? {} : { args: ['warm'] }) }
  }
}

/** Zeros of the input's type, with 1 for each dim that the graph leaves open. */
function zeros({ name, dtype, dims }: ValueMetadata): NamedTensor {
  const shape = dims.map(dim => (typeof dim === 'number' && dim > 0 ? dim : 1))
  const count = elementCount(shape) ?? 0
  if (dtype === 'unknown' || dtype === 'string')
    return { name, dtype: 'string', dims: shape, data: Array.from({ length: count }, () => '') }
  const data = viewOf(dtype, new ArrayBuffer(count * elementBytes(dtype)), 0, count)
  return { name, dtype, dims: shape, data } as NamedTensor
}
