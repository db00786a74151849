// Tokens for an encoder of text: whatever, but always the same.

import type { ModelInput, Tensor } from '../src/index.ts'

export function words(length: number): ModelInput {
  return {
    tensors: {
      input_ids: row(length, at => 5 + ((at * 31) % 4000)),
      attention_mask: row(length, () => 1),
      token_type_ids: row(length, () => 0),
    },
  }
}

function row(length: number, value: (at: number) => number): Tensor {
  return {
    dtype: 'int64',
    dims: [1, length],
    data: BigInt64Array.from({ length }, (_, at) => BigInt(value(at))),
  }
}
