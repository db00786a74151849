import { describe, expect, it } from 'vitest'
import { type ModelSpec, resolveSpec } from '../../src/ModelSpec.ts'
import { ignoredOptions, ignoredPrecision } from '../../src/model/IgnoredOption.ts'

const parallelLoading = { optimizations: { parallelLoading: true } }

const [encoder, decoder, data] = ['onnx/encoder.onnx', 'onnx/decoder.onnx', 'onnx/decoder.onnx_data']
const small = ['config.json', 'tokenizer.json']
const whole = [...small, encoder, decoder, data]

describe('what was asked for and changes nothing', () => {
  const cases: readonly {
    readonly is: string
    readonly spec: Omit<ModelSpec, 'name'>
    readonly files: readonly string[]
    readonly fetched: readonly string[]
    readonly reason: RegExp | undefined
  }[] = [
    {
      is: 'loading in parallel from this disk',
      spec: parallelLoading,
      files: whole,
      fetched: [],
      reason: /^its files are on this disk/,
    },
    {
      is: 'loading in parallel of the one file that was missing',
      spec: parallelLoading,
      files: whole,
      fetched: [data],
      reason: /^one of its 3 files was fetched, and the others are on this disk/,
    },
    {
      is: 'loading in parallel where only small files were missing beside one',
      spec: parallelLoading,
      files: whole,
      fetched: [...small, encoder],
      reason: /^one of its 3 files was fetched/,
    },
    {
      is: 'loading in parallel of a model that is one file',
      spec: parallelLoading,
      files: [...small, encoder],
      fetched: [...small, encoder],
      reason: /^it is one file/,
    },
    {
      is: 'not loading in parallel from a hub',
      spec: parallelLoading,
      files: whole,
      fetched: whole,
      reason: undefined,
    },
    {
      is: 'not loading in parallel into devices',
      spec: { ...parallelLoading, trust: 'any' },
      files: whole,
      fetched: [],
      reason: undefined,
    },
    { is: 'not what nobody asked for', spec: {}, files: whole, fetched: [], reason: undefined },
  ]
  it.each(cases)('is $is', ({ spec, files, fetched, reason }) => {
    const resolved = resolveSpec({ name: 'm', ...spec })
    if (resolved instanceof Error) throw resolved
    const option = 'optimizations.parallelLoading'
    expect(ignoredOptions(resolved, files, new Set(fetched))).toEqual(
      reason === undefined ? [] : [{ option, reason: expect.stringMatching(reason) }],
    )
  })
})

describe('a precision', () => {
  it.each<[string, ModelSpec['dtype'], Parameters<typeof ignoredPrecision>[1], boolean]>([
    [
      'is ignored where one file is named that is not of it',
      'fp16',
      { dtype: 'fp32', graphFile: 'a.onnx' },
      true,
    ],
    ['counts where the file is of it', 'fp16', { dtype: 'fp16', graphFile: 'a_fp16.onnx' }, false],
    ['was not asked for where it is fp32', undefined, { dtype: 'q8', graphFile: 'a_q8.onnx' }, false],
    [
      'counts where some part has it',
      { decoder: 'q8' },
      { dtype: 'fp32', partDtypes: { encoder: 'fp32', decoder: 'q8' }, graphFile: 'encoder.onnx' },
      false,
    ],
  ])('%s', (_what, dtype, stored, ignored) => {
    const resolved = resolveSpec({ name: 'm', task: 'feature-extraction', ...(dtype ? { dtype } : {}) })
    if (resolved instanceof Error) throw resolved
    const reason =
      "a.onnx is named and runs in the precision that it has; name its file in fp16, or the model's folder"
    expect(ignoredPrecision(resolved, stored)).toEqual(ignored ? [{ option: 'dtype', reason }] : [])
  })
})
