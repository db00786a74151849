// Batching for tasks whose pipeline takes a list and answers one tensor with a row for each: text and image
// embeddings. Transformers.js pads texts with a mask and brings images to one size, so a row does not depend on the
// others. The answers of other tasks are not parted: their form differs between one input and several.

import { modalityOf, type RunResult, type TaskInput } from '@shoal/browser-bridge'
import type { ModelSignature } from '@shoal/onnx'
import type { Work } from '../Work.ts'
import type { BatcherChoice } from './Batcher.ts'
import { bucketSize } from './bucketSize.ts'
import type { Fit } from './Fit.ts'
import { takeRows } from './rows.ts'

const batched = ['feature-extraction', 'embeddings', 'image-feature-extraction']

/** Letters of a token, about: the host has no tokenizer. */
const lettersPerToken = 4

export function taskBatcher(task: string, { inputs }: ModelSignature): BatcherChoice {
  if (!batched.includes(task))
    return { refused: `does ${task}, whose answers cannot be parted (${batched.join(', ')} can)` }
  const takes = modalityOf(task)?.takes
  if (takes === 'text' && !inputs.some(({ name }) => name === 'attention_mask'))
    return { refused: 'takes no attention_mask, so padding would change its answers' }
  const axis = inputs.find(({ name }) => name === 'input_ids' || name === 'pixel_values')?.dims?.[0]
  if (typeof axis === 'number') return { refused: `has no batch axis: its first dimension is ${axis}` }
  return { fit: takes === 'text' ? fitOfText : fitOfImages, join: joined, part: parted }
}

function inputOf({ request }: Work): TaskInput {
  if (request.input.kind !== 'task') throw new TypeError('taskBatcher: this is no task')
  return request.input
}

function textsOf(input: TaskInput): readonly string[] {
  if (input.text === undefined) return []
  return typeof input.text === 'string' ? [input.text] : input.text
}

function fitOfText(work: Work): Fit | undefined {
  const input = inputOf(work)
  const texts = textsOf(input)
  // Unpooled answers are as wide as their text.
  if (work.options.returnInputs || input.options?.['pooling'] === 'none') return undefined
  const tokens = Math.ceil(Math.max(...texts.map(text => text.length)) / lettersPerToken)
  return {
    bucket: JSON.stringify([bucketSize(tokens), input.args, input.options]),
    rows: texts.length,
    tokens,
  }
}

function fitOfImages(work: Work): Fit | undefined {
  if (work.options.returnInputs) return undefined
  const { image, args, options } = inputOf(work)
  return { bucket: JSON.stringify([image, args, options]), rows: work.request.tensors.length, tokens: 1 }
}

function rowsOf(work: Work): number {
  return Math.max(textsOf(inputOf(work)).length, work.request.tensors.length)
}

function joined(works: readonly Work[]): Work {
  const [first] = works
  if (first === undefined) throw new RangeError('taskBatcher: nothing to join')
  const input = inputOf(first)
  const text = works.flatMap(work => textsOf(inputOf(work)))
  return {
    request: {
      input: text.length === 0 ? input : { ...input, text },
      tensors: works.flatMap(({ request }) => request.tensors),
    },
    options: first.options,
  }
}

function parted(result: RunResult, works: readonly Work[]): readonly RunResult[] {
  const all = works.reduce((sum, work) => sum + rowsOf(work), 0)
  const [output] = result.outputs
  if (output === undefined || result.outputs.length > 1 || output.dims[0] !== all)
    throw new RangeError(`the answer is not one tensor of ${all} rows`)
  let row = 0
  return works.map(work => {
    const rows = rowsOf(work)
    const own = takeRows(output, row, [rows, ...output.dims.slice(1)])
    row += rows
    return { ...result, outputs: [own] }
  })
}
