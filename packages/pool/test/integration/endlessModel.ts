// A model whose one run takes minutes on WASM: whatever lane it is given has it until the lane ends. No tests in it.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeModel, GraphBuilder } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'

/** Of each side of its matrices. */
const side = 1024

/** The path of its file, in `folder`. Its input is `seed`. */
export async function writeEndlessModel(folder: string): Promise<string> {
  const builder = new GraphBuilder({ name: 'endless', seed: 0 })
  const seed = builder.input('seed', 'float32', [1, 1])
  const first = builder.op('Expand', [seed, builder.ints(side, side)])
  let value = first
  for (let product = 0; product < 2000; product++) value = builder.op('MatMul', [value, first])
  builder.output(value, 'y', 'float32', [side, side])
  const file = join(folder, 'endless.onnx')
  await writeFile(file, joinChunks(encodeModel(builder.build())))
  return file
}

/** A power of such a matrix neither vanishes nor grows. */
export const endlessInput = {
  tensors: { seed: { dtype: 'float32' as const, dims: [1, 1], data: Float32Array.of(1 / side) } },
}
