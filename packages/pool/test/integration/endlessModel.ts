// A model of which one run takes minutes on WASM, or milliseconds, as its input has it: whatever lane is given the one has
// it until the lane ends. No tests in it.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeModel, GraphBuilder } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'

/** The path of its file, in `folder`. Its input is `seed`, a square. */
export async function writeEndlessModel(folder: string): Promise<string> {
  const builder = new GraphBuilder({ name: 'endless', seed: 0 })
  const seed = builder.input('seed', 'float32', ['side', 'side'])
  let value = seed
  for (let product = 0; product < 2000; product++) value = builder.op('MatMul', [value, seed])
  builder.output(value, 'y', 'float32', ['side', 'side'])
  const file = join(folder, 'endless.onnx')
  await writeFile(file, joinChunks(encodeModel(builder.build())))
  return file
}

/** A power of such a matrix neither vanishes nor grows. */
const squareOf = (side: number) => ({
  tensors: {
    seed: {
      dtype: 'float32' as const,
      dims: [side, side],
      data: new Float32Array(side * side).fill(1 / side),
    },
  },
})

export const endlessInput = squareOf(1024)
export const briefInput = squareOf(1)
