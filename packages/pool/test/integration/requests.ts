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

/** What `look` sees, once it sees something. The limit is below a test's own, so that what was waited for is told. */
export async function until<A>(look: () => A | undefined | false, limitMs = 90_000): Promise<A> {
  const end = performance.now() + limitMs
  for (;;) {
    const seen = look()
    if (seen !== undefined && seen !== false) return seen as A
    if (performance.now() > end) throw new Error(`nothing was seen within ${limitMs} ms: ${look}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
