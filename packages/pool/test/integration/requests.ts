// What the tests on real browsers ask text encoders, and how they wait for what they cannot be told of. No tests in it.

import type { ModelInput } from '../../src/index.ts'

/** So many made-up tokens, as BERT's graph takes them. */
export function textOf(length: number): ModelInput {
  const row = (fill: (at: number) => bigint) => ({
    dtype: 'int64' as const,
    dims: [1, length],
    data: BigInt64Array.from({ length }, (_, at) => fill(at)),
  })
  return {
    tensors: {
      input_ids: row(at => BigInt(5 + ((at * 31) % 4000))),
      attention_mask: row(() => 1n),
      token_type_ids: row(() => 0n),
    },
  }
}

/** What `look` sees, once it sees something. */
export async function until<A>(look: () => A | undefined): Promise<A> {
  for (;;) {
    const seen = look()
    if (seen !== undefined) return seen
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
