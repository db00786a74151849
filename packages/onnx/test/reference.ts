// Runs a model in onnxruntime-node and gives plain tensors: the reference that seeded models are checked with.
import { type Tensor, zeros } from '@shoal/tensor'
import * as ort from 'onnxruntime-node'
import { SeededWeights } from '../src/graph/SeededWeights.ts'
import type { ModelSignature } from '../src/index.ts'

export type Tensors = Record<string, Tensor>

export async function runReference(model: Uint8Array | string, feeds: Tensors): Promise<Tensors> {
  const options: ort.InferenceSession.SessionOptions = { logSeverityLevel: 3 }
  const session = await (typeof model === 'string'
    ? ort.InferenceSession.create(model, options)
    : ort.InferenceSession.create(model, options))
  try {
    const inputs = Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)] as const)
    const outputs = await session.run(Object.fromEntries(inputs))
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]))
  } finally {
    await session.release()
  }
}

function toOrt({ dtype, dims, data }: Tensor): ort.Tensor {
  const Construct = ort.Tensor as unknown as new (
    type: string,
    data: unknown,
    dims: readonly number[],
  ) => ort.Tensor
  const tensor = new Construct(dtype, data, dims)
  // onnxruntime-node 1.30 turns the bits into a Float16Array, which its native half then takes for empty.
  if (dtype === 'float16') Object.defineProperty(tensor, 'data', { value: data })
  return tensor
}

function fromOrt(tensor: ort.Tensor): Tensor {
  const { type: dtype, dims, data } = tensor
  if (dtype !== 'float16') return { dtype, dims, data } as Tensor
  const half = data as Uint16Array
  return { dtype, dims, data: new Uint16Array(half.buffer, half.byteOffset, half.length) }
}

export interface FeedOptions {
  readonly seed: number
  readonly batch?: number
  readonly length?: number
}

/** Inputs that fit a seeded model's signature: random ids, pixels and frames, full masks, empty caches. */
export function feedsFor(signature: ModelSignature, { seed, batch = 1, length = 8 }: FeedOptions): Tensors {
  const random = new SeededWeights(seed)
  const sizeOfDim = (dim: number | string | null): number => {
    if (typeof dim === 'number') return dim
    if (dim?.includes('batch') === true) return batch
    return dim?.startsWith('past') === true ? 0 : length
  }
  const feeds: Tensors = {}
  for (const { name, dtype = 'float32', dims: declared } of signature.inputs) {
    const dims = (declared ?? []).map(sizeOfDim)
    feeds[name] = feed(name, dtype, dims, random, length)
  }
  return feeds
}

const endToken = 3n

function feed(
  name: string,
  dtype: Tensor['dtype'],
  dims: readonly number[],
  random: SeededWeights,
  length: number,
): Tensor {
  const empty = zeros(dtype, dims)
  const numbers = random.uniform(name, empty.data.length, 1)
  if (name === 'input_ids') {
    const data = BigInt64Array.from(numbers, (x, i) =>
      i % length === length - 1 ? endToken : BigInt(Math.floor(5 + (x + 1) * 2000)),
    )
    return { dtype: 'int64', dims, data }
  }
  if (name === 'attention_mask')
    return { dtype: 'int64', dims, data: new BigInt64Array(numbers.length).fill(1n) }
  return dtype === 'float32' ? { dtype, dims, data: new Float32Array(numbers) } : empty
}
