import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, truncateSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type ArchitectureName,
  architectureNames,
  BadModelRequest,
  type ModelDType,
  type SeededModelOptions,
  writeSeededModel,
} from '../../src/index.ts'
import { temporaryFolder } from '../temporaryFolder.ts'

const cacheDir = temporaryFolder()
const all: readonly ModelDType[] = ['fp32', 'fp16', 'q8']

describe('the bytes of a seeded model', () => {
  it.each(architectureNames)(
    '%s: the hash of all files is pinned; a change needs a new generation',
    async architecture => {
      const { contentHash } = await writeSeededModel({ architecture, cacheDir, dtypes: all })
      expect(`${architecture} ${contentHash}`).toMatchSnapshot()
    },
  )

  it('are the same from the same seed in two folders, and others from another seed', async () => {
    const request = { architecture: 'vit', dtypes: all } as const
    const one = await writeSeededModel({ ...request, cacheDir: join(cacheDir, 'one') })
    const two = await writeSeededModel({ ...request, cacheDir: join(cacheDir, 'two') })
    const other = await writeSeededModel({ ...request, cacheDir: join(cacheDir, 'one'), seed: 2 })
    expect(one.dir).not.toBe(two.dir)
    expect(two.files).toEqual(one.files)
    expect([two.key, two.contentHash]).toEqual([one.key, one.contentHash])
    expect(other.key).not.toBe(one.key)
    expect(other.contentHash).not.toBe(one.contentHash)
  })

  it('are what the list of files says', async () => {
    const { dir, files } = await writeSeededModel({ architecture: 'bertEncoder', cacheDir })
    for (const { path, bytes, sha256 } of files) {
      const content = readFileSync(join(dir, path))
      expect(content.length).toBe(bytes)
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256)
    }
  })
})

describe('the folder', () => {
  const onnx = (...names: string[]) => names.map(name => `onnx/${name}.onnx`)
  it.each<[ArchitectureName, readonly ModelDType[], string[]]>([
    [
      'bertEncoder',
      all,
      ['tokenizer.json', 'tokenizer_config.json', ...onnx('model', 'model_fp16', 'model_quantized')],
    ],
    ['vit', ['fp32'], ['preprocessor_config.json', ...onnx('model')]],
    [
      'whisperEncoder',
      ['q8'],
      ['preprocessor_config.json', ...onnx('model_quantized', 'encoder_model_quantized')],
    ],
    [
      'whisper',
      ['fp32'],
      [
        'preprocessor_config.json',
        'generation_config.json',
        'tokenizer.json',
        'tokenizer_config.json',
        ...onnx('encoder_model', 'decoder_model_merged'),
      ],
    ],
    [
      'gptDecoder',
      ['fp32'],
      ['generation_config.json', 'tokenizer.json', 'tokenizer_config.json', ...onnx('model')],
    ],
    [
      'clip',
      ['fp32'],
      [
        'preprocessor_config.json',
        'tokenizer.json',
        'tokenizer_config.json',
        ...onnx('model', 'text_model', 'vision_model'),
      ],
    ],
    ['identity', ['fp32'], onnx('model')],
  ])('of %s in %s is what Hugging Face would lay out', async (architecture, dtypes, expected) => {
    const { dir, files, weights } = await writeSeededModel({ architecture, dtypes, cacheDir })
    expect(weights).toBe('seeded weights')
    expect(files.map(file => file.path).sort()).toEqual(['config.json', ...expected].sort())
    const onDisk = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(path => path.includes('.'))
    expect(onDisk.sort()).toEqual(['shoal.json', 'config.json', ...expected].sort())
  })

  it('is found again, and another dtype list or parameter is another folder', async () => {
    const request = { architecture: 'bertEncoder', params: { vocabSize: 256 }, cacheDir } as const
    const first = await writeSeededModel(request)
    const second = await writeSeededModel(request)
    expect([first.cached, second.cached]).toEqual([false, true])
    expect({ ...second, cached: false }).toEqual(first)
    const keys = [
      await writeSeededModel({ ...request, dtypes: ['fp32', 'fp16'] }),
      await writeSeededModel({ ...request, params: { vocabSize: 257 } }),
      first,
    ].map(model => model.key)
    expect(new Set(keys).size).toBe(3)
  })

  it('that lost a file, or part of one, is made anew', async () => {
    const request = { architecture: 'bertEncoder', params: { vocabSize: 300 }, cacheDir } as const
    const first = await writeSeededModel(request)
    for (const damage of [
      () => unlinkSync(join(first.dir, 'config.json')),
      () => truncateSync(join(first.dir, 'onnx', 'model.onnx'), 100),
      () => truncateSync(join(first.dir, 'shoal.json'), 10),
      () => unlinkSync(join(first.dir, 'shoal.json')),
    ]) {
      damage()
      const again = await writeSeededModel(request)
      expect(again).toEqual(first)
    }
  })

  it('asked for by several at once is written whole', async () => {
    const request = { architecture: 'vit', seed: 77, cacheDir } as const
    const models = await Promise.all([1, 2, 3].map(() => writeSeededModel(request)))
    for (const model of models) expect(model.files).toEqual(models[0]?.files)
    expect((await writeSeededModel(request)).cached).toBe(true)
  })
})

describe('a request that cannot be met', () => {
  it.each<[string, object, RegExp]>([
    ['an unknown architecture', { architecture: 'bert' }, /'bert' is not one of bertEncoder, vit/],
    ['an unknown size', { architecture: 'vit', size: 'huge' }, /'huge' is not one of tiny, mini, base/],
    [
      'an unknown parameter',
      { architecture: 'vit', params: { depth: 3 } },
      /'depth' is not one of imageSize/,
    ],
    ['an unknown dtype', { architecture: 'vit', dtypes: ['int4'] }, /int4 is not one of fp32, fp16, q8/],
    ['no dtype', { architecture: 'vit', dtypes: [] }, /an empty list is not one of/],
    ['a seed that is no whole number', { architecture: 'vit', seed: 0.5 }, /0.5 is not a whole number/],
    [
      'a size below 1',
      { architecture: 'vit', params: { layers: 0 } },
      /layers: must be a whole number from 1 up, not 0/,
    ],
    [
      'heads that do not divide',
      { architecture: 'vit', params: { heads: 5 } },
      /heads: must divide hiddenSize 128/,
    ],
    [
      'patches that do not divide',
      { architecture: 'vit', params: { patchSize: 7 } },
      /patchSize: must divide imageSize 96/,
    ],
    [
      'a vocabulary too small',
      { architecture: 'bertEncoder', params: { vocabSize: 64 } },
      /vocabSize: must be 128 or more/,
    ],
    [
      'an identity of no type',
      { architecture: 'identity', params: { dtype: 'float8' } },
      /'float8' is no element type/,
    ],
    [
      'an identity of negative size',
      { architecture: 'identity', params: { dims: [-1] } },
      /-1 is neither a size nor a name/,
    ],
  ])('%s is refused with what to do', async (_, request, message) => {
    const error = await writeSeededModel({ cacheDir, ...request } as SeededModelOptions<'vit'>).catch(
      caught => caught,
    )
    expect(error).toBeInstanceOf(BadModelRequest)
    expect(error.message).toMatch(message)
  })
})
