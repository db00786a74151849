// A first input for a model, made here, so that what is slow only once (shader compilation, kernel selection)
// is over before the first request. Its answer is thrown away.

import { modalityOf, type RunRequest, type ValueMetadata } from '@shoal/browser-bridge'
import { type NamedTensor, zeros } from '@shoal/tensor'
import { type TaskParts, toRunRequest } from '../inputs.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'

const side = 32
const rate = 16_000

/** @param inputs the graph's own inputs, as the lane's session names them */
export function warmUpRequest(spec: ResolvedSpec, inputs: readonly ValueMetadata[]): RunRequest {
  if (spec.task === undefined) return { input: { kind: 'tensors' }, tensors: inputs.map(blank) }
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
function blank({ name, dtype, dims }: ValueMetadata): NamedTensor {
  const shape = dims.map(dim => (typeof dim === 'number' && dim > 0 ? dim : 1))
  return { name, ...zeros(dtype === 'unknown' ? 'string' : dtype, shape) }
}
