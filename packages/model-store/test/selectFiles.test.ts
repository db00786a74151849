import { describe, expect, it } from 'vitest'
import { selectFiles } from '../src/selectFiles.ts'

const companions = ['config.json', 'tokenizer.json', 'vocab.txt']
const bert = [
  ...companions,
  'README.md',
  'model.safetensors',
  'model.safetensors.index.json',
  'onnx/model.onnx',
  'onnx/model.onnx_data',
  'onnx/model.onnx_data_1',
  'onnx/model_fp16.onnx',
  'onnx/model_quantized.onnx',
]
const whisper = [
  'config.json',
  'onnx/encoder_model.onnx',
  'onnx/decoder_model.onnx',
  'onnx/decoder_model_merged.onnx',
  'onnx/decoder_with_past_model.onnx',
  'onnx/encoder_model_q4.onnx',
]

const select = (paths: readonly string[], dtype: 'fp32' | 'fp16' | 'q8' | 'q4' = 'fp32', graph?: string) =>
  selectFiles(paths, { dtype, graph })

describe('which files of a model are wanted', () => {
  it('the graph in its dtype, its external data and the small files of the root', () => {
    expect(select(bert)).toEqual({
      _tag: 'Selected',
      graphFile: 'onnx/model.onnx',
      paths: [...companions, 'onnx/model.onnx', 'onnx/model.onnx_data', 'onnx/model.onnx_data_1'].sort(),
      dtypes: { model: 'fp32' },
    })
  })

  it('external data of another dtype stays behind', () => {
    expect(select(bert, 'q8')).toMatchObject({
      graphFile: 'onnx/model_quantized.onnx',
      paths: [...companions, 'onnx/model_quantized.onnx'].sort(),
    })
  })

  it('a dtype that is not there is named, with those that are', () => {
    expect(select(bert, 'q4')).toEqual({
      _tag: 'NoGraph',
      file: 'model_q4.onnx',
      available: ['fp32', 'fp16', 'q8'],
    })
  })

  it('of a model of several parts every part, the merged decoder standing for the two it was made of', () => {
    expect(select(whisper)).toMatchObject({
      graphFile: 'onnx/decoder_model_merged.onnx',
      paths: ['config.json', 'onnx/decoder_model_merged.onnx', 'onnx/encoder_model.onnx'],
    })
  })

  it('one part alone when it is asked for by name', () => {
    expect(select(whisper, 'q4', 'encoder_model')).toMatchObject({ graphFile: 'onnx/encoder_model_q4.onnx' })
    expect(select(whisper, 'fp32', 'vision_model')).toMatchObject({
      _tag: 'NoGraph',
      file: 'vision_model.onnx',
      available: [],
    })
  })

  it('a part that lacks the dtype makes the dtype missing', () => {
    expect(select(whisper, 'q4')).toMatchObject({ _tag: 'NoGraph', available: ['fp32'] })
  })

  it('a graph at the root serves where there is no onnx folder', () => {
    expect(select(['mnist.onnx', 'mnist.data', 'digit.jpg'])).toEqual({
      _tag: 'Selected',
      graphFile: 'mnist.onnx',
      paths: ['mnist.data', 'mnist.onnx'],
      dtypes: { mnist: 'fp32' },
    })
  })

  it('a folder without a graph has none in any dtype', () => {
    expect(select(['config.json'])).toEqual({ _tag: 'NoGraph', file: 'model.onnx', available: [] })
  })
})

describe('a precision for each part', () => {
  const clip = [
    'config.json',
    'onnx/text_model.onnx',
    'onnx/text_model_quantized.onnx',
    'onnx/vision_model.onnx',
    'onnx/vision_model_fp16.onnx',
  ]

  it('takes each graph in its own, fp32 where it is not named', () => {
    expect(selectFiles(clip, { dtype: { vision_model: 'fp16' }, graph: undefined })).toEqual({
      _tag: 'Selected',
      graphFile: 'onnx/text_model.onnx',
      paths: ['config.json', 'onnx/text_model.onnx', 'onnx/vision_model_fp16.onnx'],
      dtypes: { text_model: 'fp32', vision_model: 'fp16' },
    })
  })

  it('refuses one of a part that it has not, or not in that precision', () => {
    const file = (dtype: Record<string, 'fp16'>) => selectFiles(clip, { dtype, graph: undefined })
    expect(file({ encoder_model: 'fp16' })).toMatchObject({
      _tag: 'NoGraph',
      file: 'encoder_model_fp16.onnx',
    })
    expect(file({ text_model: 'fp16' })).toMatchObject({ _tag: 'NoGraph', file: 'text_model_fp16.onnx' })
  })
})
