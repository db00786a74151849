import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Tensor, tensorOf } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import { compareTensors, modelSignature, writeSeededModel } from '../../src/index.ts'
import { runReference } from '../reference.ts'
import { temporaryFolder } from '../temporaryFolder.ts'

const cacheDir = temporaryFolder()

describe('the identity graph', () => {
  it.each<Tensor['dtype']>([
    'float32',
    'float16',
    'float64',
    'int8',
    'uint8',
    'int32',
    'int64',
    'uint64',
    'bool',
    'string',
  ])('gives back %s at any shape', async dtype => {
    const { dir } = await writeSeededModel({
      architecture: 'identity',
      params: { dtype, dims: ['a', 3, 'b'] },
      cacheDir,
    })
    const model = readFileSync(join(dir, 'onnx', 'model.onnx'))
    expect(modelSignature(model).inputs).toEqual([{ name: 'input', dtype, dims: ['a', 3, 'b'] }])
    for (const dims of [
      [2, 3, 4],
      [0, 3, 1],
    ]) {
      const count = dims.reduce((a, b) => a * b)
      const values = Array.from({ length: count }, (_, i) => i % 2)
      const input = tensorOf(dtype, dims, values)
      const { output } = await runReference(model, { input })
      expect(compareTensors(output as Tensor, input, 'exact').reason).toBeUndefined()
    }
  })

  it('of a scalar has no dims', async () => {
    const { dir } = await writeSeededModel({ architecture: 'identity', params: { dims: [] }, cacheDir })
    const input: Tensor = { dtype: 'float32', dims: [], data: Float32Array.of(7) }
    const { output } = await runReference(join(dir, 'onnx', 'model.onnx'), { input })
    expect(output).toEqual(input)
  })
})
