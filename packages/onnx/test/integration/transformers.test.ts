// Every folder written here, loaded by the library that the lanes use, offline, in Node.

import { basename, dirname } from 'node:path'
import {
  AutoFeatureExtractor,
  AutoModel,
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  pipeline,
  RawImage,
} from '@huggingface/transformers'
import type { Tensor } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import { type ArchitectureName, compareTensors, type ModelDType, writeSeededModel } from '../../src/index.ts'
import { temporaryFolder } from '../temporaryFolder.ts'

const cacheDir = temporaryFolder()
env.allowRemoteModels = false

type Callable = (...inputs: unknown[]) => Promise<Record<string, Answer> & Answer>
interface Answer {
  readonly dims: number[]
  readonly data: Float32Array
}

async function folderOf(architecture: ArchitectureName): Promise<string> {
  const { dir } = await writeSeededModel({ architecture, cacheDir, dtypes: ['fp32', 'fp16', 'q8'] })
  env.localModelPath = dirname(dir)
  return basename(dir)
}

const dtypes: readonly ModelDType[] = ['fp32', 'fp16', 'q8']
const tensor = ({ dims, data }: Answer): Tensor => ({ dtype: 'float32', dims, data })

function picture(brightness: (x: number, y: number) => number): RawImage {
  const [width, height] = [120, 100]
  const data = Uint8ClampedArray.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3)
    return (brightness(pixel % width, Math.floor(pixel / width)) * ((i % 3) + 1)) / 3
  })
  return new RawImage(data, width, height, 3)
}
const slope = picture(x => x * 2)
const chequers = picture((x, y) => (((x >> 3) + (y >> 3)) % 2 === 0 ? 255 : 0))
const tone = (hertz: number, seconds = 2) =>
  Float32Array.from(
    { length: 16_000 * seconds },
    (_, i) => 0.3 * Math.sin((2 * Math.PI * hertz * i) / 16_000),
  )

describe.each(dtypes)('Transformers.js in %s', dtype => {
  it('embeds text with the BERT folder', async () => {
    const extract = await pipeline('feature-extraction', await folderOf('bertEncoder'), { dtype })
    const texts = ['This is a test', 'The quick brown fox jumped over the lazy dog, and Übermut ≠ 3.']
    const { dims, data } = (await extract(texts, { pooling: 'mean', normalize: true })) as unknown as Answer
    expect(dims).toEqual([2, 128])
    const [one, two] = [data.subarray(0, 128), data.subarray(128)]
    expect(Math.hypot(...one)).toBeCloseTo(1)
    expect(one.reduce((sum, x, i) => sum + x * (two[i] as number), 0)).toBeLessThan(0.9)
    const [[hidden], [other]] = [
      (await extract(texts.slice(0, 1))) as never,
      (await extract('That was no test')) as never,
    ] as [[Answer], [Answer]]
    expect(hidden?.dims).toEqual(other?.dims)
  })

  it('embeds pictures with the ViT folder', async () => {
    const extract = (await pipeline('image-feature-extraction', await folderOf('vit'), {
      dtype,
    })) as unknown as Callable
    const [one, two] = [await extract(slope), await extract(chequers)]
    expect(one.dims).toEqual([1, 37, 128])
    expect(compareTensors(tensor(two), tensor(one), 'fp32').rmsDiff).toBeGreaterThan(0.1)
  })

  it('embeds sound with the Whisper encoder folder', async () => {
    const folder = await folderOf('whisperEncoder')
    const extractor = (await AutoFeatureExtractor.from_pretrained(folder)) as unknown as Callable
    const model = (await AutoModel.from_pretrained(folder, { dtype })) as unknown as Callable
    const features = await extractor(tone(300))
    expect(features['input_features']?.dims).toEqual([1, 80, 400])
    const [one, two] = [await model(features), await model(await extractor(tone(900)))]
    expect(one['last_hidden_state']?.dims).toEqual([1, 200, 128])
    const [a, b] = [one, two].map(output => tensor(output['last_hidden_state'] as Answer)) as [Tensor, Tensor]
    expect(compareTensors(b, a, 'fp32').rmsDiff).toBeGreaterThan(0.1)
  })

  it('writes on with the GPT folder, the same text each time, not an echo', async () => {
    const generate = (await pipeline('text-generation', await folderOf('gptDecoder'), {
      dtype,
    })) as unknown as (text: string, options: object) => Promise<{ generated_text: string }[]>
    const options = { max_new_tokens: 8, do_sample: false }
    const [first] = await generate('The quick brown fox', options)
    expect(first?.generated_text).toMatch(/^the quick brown fox.+/)
    expect(first?.generated_text).not.toContain('fox fox')
    expect((await generate('The quick brown fox', options))[0]).toEqual(first)
  })

  it('transcribes with the whole Whisper folder', async () => {
    const transcribe = (await pipeline('automatic-speech-recognition', await folderOf('whisper'), {
      dtype,
    })) as unknown as (sound: Float32Array, options: object) => Promise<{ text: string }>
    const { text } = await transcribe(tone(440), { max_new_tokens: 8 })
    expect(text.length).toBeGreaterThan(3)
  })

  it('scores pictures against texts with the CLIP folder, and loads each tower alone', async () => {
    const folder = await folderOf('clip')
    const classify = (await pipeline('zero-shot-image-classification', folder, { dtype })) as unknown as (
      image: RawImage,
      labels: string[],
    ) => Promise<{ score: number }[]>
    const scores = (await classify(slope, ['a cat', 'a dog in the garden'])).map(({ score }) => score)
    expect(scores.reduce((a, b) => a + b)).toBeCloseTo(1)
    const tokenizer = (await AutoTokenizer.from_pretrained(folder)) as unknown as Callable
    const text = (await CLIPTextModelWithProjection.from_pretrained(folder, { dtype })) as unknown as Callable
    const inputs = await tokenizer(['a cat', 'a much longer text'], { padding: true })
    expect((await text(inputs))['text_embeds']?.dims).toEqual([2, 128])
    const processor = (await AutoProcessor.from_pretrained(folder)) as unknown as Callable
    const vision = (await CLIPVisionModelWithProjection.from_pretrained(folder, {
      dtype,
    })) as unknown as Callable
    expect((await vision(await processor(chequers)))['image_embeds']?.dims).toEqual([1, 128])
  })
})
