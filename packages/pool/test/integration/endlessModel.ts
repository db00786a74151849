// A model of which one run takes minutes on WASM, or milliseconds, as its input has it: whatever lane is given the one has
// it until the lane ends. No tests in it.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeModel, GraphBuilder } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'

/** The path of its file, in `folder`. It makes its matrices itself, so that its input is small, and with the lane at once. */
export async function writeEndlessModel(folder: string): Promise<string> {
  const builder = new GraphBuilder({ name: 'endless', seed: 0 })
  const seed = builder.input('seed', 'float32', [1, 1])
  const first = builder.op('Expand', [seed, builder.input('shape', 'int64', [2])])
  let value = first
  for (let product = 0; product < 2000; product++) value = builder.op('MatMul', [value, first])
  builder.output(value, 'y', 'float32', ['side', 'side'])
  const file = join(folder, 'endless.onnx')
  await writeFile(file, joinChunks(encodeModel(builder.build())))
  return file
}

/** A power of such a matrix neither vanishes nor grows. */
const squareOf = (side: number) => ({
  tensors: {
    seed: { dtype: 'float32' as const, dims: [1, 1], data: Float32Array.of(1 / side) },
    shape: { dtype: 'int64' as const, dims: [2], data: BigInt64Array.of(BigInt(side), BigInt(side)) },
  },
})

export const endlessInput = squareOf(1024)
export const briefInput = squareOf(1)
