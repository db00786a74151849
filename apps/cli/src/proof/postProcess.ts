// What Transformers.js makes of a graph's outputs for the proofs' tasks, written again from its documentation so
// that the reference shares no code with the browser.

import type { Tensor } from '@shoal/pool'
import type { PostProcess } from './Reference.ts'

/** Feature extraction with `pooling: 'mean', normalize: true`: token vectors averaged under the mask, length 1. */
export const meanPooled: PostProcess = (outputs, inputs) => {
  const hidden = floats(outputs, 'last_hidden_state')
  const mask = inputs['attention_mask']?.data
  const [batch = 0, tokens = 0, width = 0] = hidden.dims
  const data = new Float32Array(batch * width)
  for (let row = 0; row < batch; row++) {
    let count = 0
    for (let token = 0; token < tokens; token++) {
      if (mask && Number(mask[row * tokens + token]) === 0) continue
      count++
      for (let at = 0; at < width; at++)
        add(data, row * width + at, hidden.data[(row * tokens + token) * width + at] ?? 0)
    }
    let squares = 0
    for (let at = row * width; at < (row + 1) * width; at++) {
      data[at] = (data[at] ?? 0) / Math.max(count, 1e-9)
      squares += (data[at] ?? 0) ** 2
    }
    for (let at = row * width; at < (row + 1) * width; at++)
      data[at] = (data[at] ?? 0) / Math.max(Math.sqrt(squares), 1e-12)
  }
  return { dtype: 'float32', dims: [batch, width], data }
}

/** The output as it is. */
export const asIs =
  (name: string): PostProcess =>
  outputs =>
    floats(outputs, name)

function floats(
  outputs: Readonly<Record<string, Tensor>>,
  name: string,
): Extract<Tensor, { readonly dtype: 'float32' }> {
  const tensor = outputs[name]
  if (tensor?.dtype !== 'float32')
    throw new Error(`reference: no float32 output ${name} among ${Object.keys(outputs).join(', ')}`)
  return tensor
}

function add(data: Float32Array, at: number, value: number): void {
  data[at] = (data[at] ?? 0) + value
}
