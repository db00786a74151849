// Runs a model in onnxruntime-node and gives plain tensors: the reference that seeded models are checked with.
import * as ort from 'onnxruntime-node'
import { SeededWeights } from '../src/graph/SeededWeights.ts'
import type { ModelSignature, Tensor, TensorArray } from '../src/index.ts'
import { type NumericDType, newTyped } from '../src/tensor/dtype.ts'
import { elementCount } from '../src/tensor/Tensor.ts'

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
  const data = tensor.data as TensorArray | string[]
  if (tensor.type !== 'float16') return { dtype: tensor.type as Tensor['dtype'], dims: tensor.dims, data }
  const half = data as TensorArray
  return {
    dtype: 'float16',
    dims: tensor.dims,
    data: new Uint16Array(half.buffer, half.byteOffset, half.length),
  }
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
    const count = elementCount(dims)
    const numbers = random.uniform(name, count, 1)
    feeds[name] = { dtype, dims, data: dataFor(name, dtype as NumericDType, numbers, length) }
  }
  return feeds
}

const endToken = 3n

function dataFor(name: string, dtype: NumericDType, numbers: Float32Array, length: number): TensorArray {
  if (name === 'input_ids')
    return BigInt64Array.from(numbers, (x, i) =>
      i % length === length - 1 ? endToken : BigInt(Math.floor(5 + (x + 1) * 2000)),
    )
  if (name === 'attention_mask') return new BigInt64Array(numbers.length).fill(1n)
  return dtype === 'float32' ? new Float32Array(numbers) : newTyped(dtype, numbers.length)
}
