import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Tensor, tensorDtypes, tensorOf } from '@shoal/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareTensors,
  modelSignature,
  readTensorProto,
  TensorError,
  tensorFromProto,
  writeTensorProto,
} from '../../src/index.ts'
import { runReference, type Tensors } from '../reference.ts'
import { conformanceFolder, ifShared, noShared } from '../shared.ts'

describe('a tensor written and read again', () => {
  it.each(tensorDtypes)('%s keeps its type, dims and values', dtype => {
    const tensor = tensorOf(dtype, [1, 3], dtype === 'string' ? ['a', 'é', ''] : [1, 0, 2])
    expect(readTensorProto(writeTensorProto(tensor, 'x'))).toEqual({ ...tensor, name: 'x' })
  })

  it('at any dims and values, whatever the offset of the bytes', () => {
    const values = fc.array(fc.float({ noNaN: true }), { maxLength: 20 })
    fc.assert(
      fc.property(values, fc.nat(9), (numbers, offset) => {
        const tensor: Tensor = {
          dtype: 'float32',
          dims: [numbers.length, 1],
          data: Float32Array.from(numbers),
        }
        const bytes = writeTensorProto(tensor)
        const shifted = new Uint8Array(bytes.length + offset)
        shifted.set(bytes, offset)
        const read = readTensorProto(shifted.subarray(offset))
        expect(compareTensors(read, tensor, 'exact').matches).toBe(true)
      }),
    )
  })
})

describe('data in the typed fields', () => {
  it.each([
    [
      'float16 as widened bits',
      { dataType: 10, int32Data: Int32Array.of(0x3c00, 0) },
      Uint16Array.of(0x3c00, 0),
    ],
    ['int8', { dataType: 3, int32Data: Int32Array.of(-1, 2) }, Int8Array.of(-1, 2)],
    ['bool', { dataType: 9, int32Data: Int32Array.of(1, 0) }, Uint8Array.of(1, 0)],
    [
      'uint32 in 64 bits',
      { dataType: 12, uint64Data: BigUint64Array.of(1n, 2n ** 32n - 1n) },
      Uint32Array.of(1, 2 ** 32 - 1),
    ],
    ['int64', { dataType: 7, int64Data: BigInt64Array.of(-1n, 2n) }, BigInt64Array.of(-1n, 2n)],
    ['float64', { dataType: 11, doubleData: Float64Array.of(0.1, 2) }, Float64Array.of(0.1, 2)],
  ])('%s is read', (_, proto, data) => {
    expect(tensorFromProto({ dims: [2], ...proto }).data).toEqual(data)
  })

  it.each([
    [
      'dims that need more values than there are',
      { dataType: 1, dims: [3], rawData: new Uint8Array(8) },
      /dims \[3\] hold 3/,
    ],
    ['negative dims', { dataType: 1, dims: [-1], rawData: new Uint8Array(0) }, /dims \[-1\] are not sizes/],
    ['half an element', { dataType: 1, dims: [1], rawData: new Uint8Array(5) }, /no multiple of 4/],
    [
      'an element type without a form here',
      { dataType: 16, dims: [], rawData: new Uint8Array(2) },
      /element type 16/,
    ],
    ['data in another file', { dataType: 1, dims: [0], dataLocation: 1 }, /external file/],
  ])('%s are refused', (_, proto, message) => {
    expect(() => tensorFromProto(proto)).toThrow(TensorError)
    expect(() => tensorFromProto(proto)).toThrow(message)
  })

  it('a tensor whose dims and data disagree is not written', () => {
    expect(() => writeTensorProto({ dtype: 'float32', dims: [2], data: Float32Array.of(1) })).toThrow(
      TensorError,
    )
  })
})

describe.skipIf(noShared)(`ONNX's own backend cases${ifShared}`, () => {
  const cases = noShared
    ? []
    : readdirSync(conformanceFolder, { recursive: true, encoding: 'utf8' }).filter(path =>
        /data_set_\d+$/.test(path),
      )
  // Sequences are not tensors, gradients are not in onnxruntime's inference build.
  const tensors = cases.filter(path => !/test_sequence_model|test_gradient_of/.test(path))
  // Computed in float64 or integers at operator sets for which onnxruntime's CPU build has no such kernel.
  const noKernel =
    /AvgPool|BatchNorm2d|PReLU|PoissonNLLL|Softsign|addmm|add_broadcast|add_size1|non_float|operator_params|operator_pow/
  const runnable = tensors.filter(path => !noKernel.test(path))

  function read(path: string) {
    const folder = join(conformanceFolder, path)
    const model = readFileSync(join(folder, '..', 'model.onnx'))
    const tensor = (kind: string, i: number) => readTensorProto(readFileSync(join(folder, `${kind}_${i}.pb`)))
    const { inputs, outputs } = modelSignature(model)
    const feeds: Tensors = Object.fromEntries(inputs.map(({ name }, i) => [name, tensor('input', i)]))
    const wanted = outputs.map(({ name }, i) => ({ name, tensor: tensor('output', i) }))
    return { model, feeds, wanted }
  }

  it('there are 63 with tensors, of which onnxruntime has the kernels of 48', () => {
    expect([tensors.length, runnable.length]).toEqual([63, 48])
  })

  it.each(runnable)('%s: onnxruntime gives the output that the file holds', async path => {
    const { model, feeds, wanted } = read(path)
    const results = await runReference(model, feeds)
    for (const { name, tensor } of wanted)
      expect(compareTensors(results[name] as Tensor, tensor, 'fp32').reason).toBeUndefined()
  })

  it.each(tensors.filter(path => noKernel.test(path)))(
    '%s: read, and refused by onnxruntime alone',
    async path => {
      const { model, feeds, wanted } = read(path)
      expect(wanted.length).toBeGreaterThan(0)
      await expect(runReference(model, feeds)).rejects.toThrow('Could not find an implementation')
    },
  )
})
