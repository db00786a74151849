import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { joinChunks } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import { bertEncoder } from '../src/architectures/bertEncoder.ts'
import { GraphBuilder } from '../src/graph/GraphBuilder.ts'
import {
  checkInputs,
  checkOperators,
  encodeModel,
  InputMismatch,
  type ModelProto,
  modelSignature,
  UnsupportedOperators,
} from '../src/index.ts'
import { ifShared, modelsFolder, noShared } from './shared.ts'

const g = new GraphBuilder({ name: 'bert', seed: 1 })
bertEncoder.graphs({ ...bertEncoder.sizes.tiny, layers: 1 })[0]?.build(g)
const bert = modelSignature(g.build())

describe('the signature of a model', () => {
  it('names inputs and outputs with element types and dims', () => {
    const ids = { dtype: 'int64', dims: ['batch_size', 'sequence_length'] }
    expect(bert).toEqual({
      inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map(name => ({ name, ...ids })),
      outputs: [
        { name: 'last_hidden_state', dtype: 'float32', dims: ['batch_size', 'sequence_length', 128] },
      ],
      irVersion: 8,
      opsets: [{ domain: '', version: 17 }],
      foreignOperators: [],
      externalFiles: [],
    })
  })

  it('leaves initialisers listed as inputs out, and tells scalars, free dims and absent shapes apart', () => {
    const input = (name: string, shape?: object) => ({
      name,
      type: { tensorType: { elemType: 1, ...(shape ? { shape } : {}) } },
    })
    const model: ModelProto = {
      graph: {
        input: [
          input('w', {}),
          input('scalar', {}),
          input('free', { dim: [{}, { dimValue: -1 }, { dimParam: 'n' }, { dimValue: 0 }] }),
          input('unknown'),
        ],
        initializer: [{ name: 'w', externalData: [{ key: 'location', value: 'weights.bin' }] }],
      },
    }
    const { inputs, externalFiles } = modelSignature(joinChunks(encodeModel(model)))
    expect(inputs.map(({ name, dims }) => [name, dims])).toEqual([
      ['scalar', []],
      ['free', [null, null, 'n', 0]],
      ['unknown', undefined],
    ])
    expect(externalFiles).toEqual(['weights.bin'])
  })

  it('finds custom operators in branches too, but not the functions that the model defines itself', () => {
    const model: ModelProto = {
      graph: {
        node: [
          { opType: 'Own', domain: 'mine' },
          { opType: 'If', attribute: [{ g: { node: [{ opType: 'Other', domain: 'theirs' }] } }] },
          { opType: 'FusedMatMul', domain: 'com.microsoft' },
        ],
      },
      functions: [{ name: 'Own', domain: 'mine', node: [{ opType: 'Add' }] }],
    }
    const signature = modelSignature(model)
    expect(signature.foreignOperators).toEqual(['com.microsoft:FusedMatMul', 'theirs:Other'])
    expect(() => checkOperators(signature)).toThrow(/custom operator theirs:Other, which no back-end has/)
  })

  it.skipIf(noShared)(`a trained model with a custom operator is refused by its name${ifShared}`, () => {
    const signature = modelSignature(readFileSync(join(modelsFolder, 'super-resolution', 'model.onnx')))
    expect(() => checkOperators(signature)).toThrow(UnsupportedOperators)
    expect(() => checkOperators(signature)).toThrow('com.microsoft.extensions:DecodeImage')
  })

  it.skipIf(noShared)(`trained models without one pass${ifShared}`, () => {
    for (const path of [
      'mnist/mnist.onnx',
      'ultraface/ultraface-rfb-320.onnx',
      'silero-vad/silero_vad_16k_op15.onnx',
    ])
      expect(() => checkOperators(modelSignature(readFileSync(join(modelsFolder, path))))).not.toThrow()
  })
})

describe('tensors for a run', () => {
  const ids = (...dims: number[]) => ({ dtype: 'int64', dims })
  const good = { input_ids: ids(2, 7), attention_mask: ids(2, 7), token_type_ids: ids(2, 7) }

  it('that fit pass', () => {
    expect(() => checkInputs(bert, good)).not.toThrow()
  })

  it.each([
    [
      'of a wrong element type',
      { ...good, input_ids: { dtype: 'int32', dims: [2, 7] } },
      'input_ids',
      /must be int64 \[batch_size, sequence_length\], but int32 \[2, 7\] was given; convert it to int64/,
    ],
    ['of a wrong rank', { ...good, input_ids: ids(7) }, 'input_ids', /int64 \[7\] was given; reshape it/],
    [
      'that give one named dim two sizes',
      { ...good, attention_mask: ids(2, 8) },
      'attention_mask',
      /one size in all inputs/,
    ],
    [
      'of which one is missing',
      { input_ids: ids(2, 7), attention_mask: ids(2, 7) },
      'token_type_ids',
      /nothing was given; add it/,
    ],
    [
      'with a name that the model does not have',
      { ...good, position_ids: ids(2, 7) },
      'position_ids',
      /one of input_ids/,
    ],
  ])('%s are refused, naming the input and the remedy', (_, tensors, input, message) => {
    const check = () => checkInputs(bert, tensors as typeof good)
    expect(check).toThrow(InputMismatch)
    expect(check).toThrow(message)
    try {
      check()
    } catch (error) {
      expect(error).toMatchObject({ input })
    }
  })
})
