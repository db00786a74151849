// Batching for graphs: rows along the free first axis that all inputs and outputs share. Other axes must agree, but
// for the sequence of an encoder with an attention mask, which is padded and cut back.

import type { RunResult } from '@shoal/browser-bridge'
import type { ModelSignature, ValueSignature } from '@shoal/onnx'
import type { NamedTensor } from '@shoal/tensor'
import type { Work } from '../Work.ts'
import type { BatcherChoice } from './Batcher.ts'
import { bucketSize } from './bucketSize.ts'
import type { Fit } from './Fit.ts'
import { joinRows, takeRows } from './rows.ts'

/** Inputs of a Hugging Face text encoder. Where its mask is 0, what stands in the others has no effect. */
const maskedInputs = ['input_ids', 'attention_mask', 'token_type_ids']

export function graphBatcher(signature: ModelSignature): BatcherChoice {
  const values = [...signature.inputs, ...signature.outputs]
  const axis = signature.inputs[0]?.dims?.[0]
  const odd = values.find(({ dims }) => typeof dims?.[0] !== 'string' || dims[0] !== axis)
  if (typeof axis !== 'string' || odd !== undefined) {
    const name = odd?.name ?? signature.inputs[0]?.name ?? 'its input'
    return {
      refused: `has no batch axis: the first dimension of '${name}' is not the free one of all the others`,
    }
  }
  const padded = paddedAxis(signature, axis)
  return {
    fit: work => fitOf(signature, padded, work),
    join: works => joined(signature, works),
    part: (result, works) => parted(signature, padded, result, works),
  }
}

/** The name of the axis that may be padded, if there is one. */
function paddedAxis({ inputs, outputs }: ModelSignature, batch: string): string | undefined {
  const axis = inputs.find(({ name }) => name === 'attention_mask')?.dims?.[1]
  const isMasked = ({ name, dims }: ValueSignature) =>
    maskedInputs.includes(name) && dims?.length === 2 && dims[1] === axis
  if (typeof axis !== 'string' || !inputs.every(isMasked)) return undefined
  // A free axis of another name may be computed from this one: it could not be cut back.
  const isKnown = (dim: number | string | null) => typeof dim === 'number' || dim === axis || dim === batch
  return outputs.every(({ dims }) => dims?.every(isKnown)) ? axis : undefined
}

function fitOf(signature: ModelSignature, padded: string | undefined, work: Work): Fit | undefined {
  const { tensors } = work.request
  const rows = tensors[0]?.dims[0] ?? 0
  if (rows === 0) return undefined
  const shapes = signature.inputs.map(({ name, dims = [] }) => {
    const tensor = tensors.find(other => other.name === name)
    return tensor?.dims.slice(1).map((size, at) => (dims[at + 1] === padded ? bucketSize(size) : size))
  })
  const [first] = tensors
  const tokens = first === undefined ? 1 : first.dims.slice(1).reduce((product, size) => product * size, 1)
  return { bucket: JSON.stringify([shapes, work.options.outputs ?? null]), rows, tokens }
}

function joined(signature: ModelSignature, works: readonly Work[]): Work {
  const [first] = works
  if (first === undefined) throw new RangeError('graphBatcher: nothing to join')
  const tensors = signature.inputs.map(({ name }) =>
    joinRows(
      works.map(({ request }) => named(request.tensors, name)),
      0,
    ),
  )
  return { request: { input: first.request.input, tensors }, options: first.options }
}

function parted(
  signature: ModelSignature,
  padded: string | undefined,
  result: RunResult,
  works: readonly Work[],
): readonly RunResult[] {
  const rowsOf = works.map(({ request }) => request.tensors[0]?.dims[0] ?? 0)
  const all = rowsOf.reduce((sum, rows) => sum + rows, 0)
  const declared = new Map(signature.outputs.map(({ name, dims }) => [name, dims]))
  let row = 0
  return works.map(({ request }, at) => {
    const rows = rowsOf[at] ?? 0
    const width = padded === undefined ? undefined : named(request.tensors, 'attention_mask').dims[1]
    const outputs = result.outputs.map(output => {
      if (output.dims[0] !== all)
        throw new RangeError(`'${output.name}' has ${output.dims[0]} rows, and its requests have ${all}`)
      const axes = declared.get(output.name)
      const dims = output.dims.map((size, axis) => {
        if (axis === 0) return rows
        return axes?.[axis] === padded && width !== undefined ? width : size
      })
      return takeRows(output, row, dims)
    })
    row += rows
    return { ...result, outputs }
  })
}

function named(tensors: readonly NamedTensor[], name: string): NamedTensor {
  const tensor = tensors.find(other => other.name === name)
  if (tensor === undefined) throw new RangeError(`there is no tensor '${name}'`)
  return tensor
}
