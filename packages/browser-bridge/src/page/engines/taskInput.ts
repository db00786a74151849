// From a task's input as it came over the wire to the arguments of a Transformers.js pipeline. Wrong input is refused
// here, with what the task takes.

import { RawImage } from '@huggingface/transformers'
import type { TaskInput } from '../../protocol/messages.ts'
import type { NamedTensor } from '../../protocol/tensors.ts'
import { LaneError } from '../../protocol/wireErrors.ts'

const wrong = (model: string, detail: string) => new LaneError('WrongInput', `${model}: ${detail}`)

type Modality = 'text' | 'image' | 'audio'

/** What a task's first argument is; text where nothing is said. */
const firstArgument: Readonly<Record<string, Modality>> = {
  'audio-classification': 'audio',
  'audio-feature-extraction': 'audio',
  'automatic-speech-recognition': 'audio',
  asr: 'audio',
  'zero-shot-audio-classification': 'audio',
  'background-removal': 'image',
  'depth-estimation': 'image',
  'document-question-answering': 'image',
  'image-classification': 'image',
  'image-feature-extraction': 'image',
  'image-segmentation': 'image',
  'image-to-image': 'image',
  'image-to-text': 'image',
  'object-detection': 'image',
  'zero-shot-image-classification': 'image',
  'zero-shot-object-detection': 'image',
}

/** Options that make a task's answer the one that the pool promises, before the request's own. */
const defaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'feature-extraction': { pooling: 'mean', normalize: true },
}

/** Fails with LaneError 'WrongInput'. */
export async function pipelineArguments(
  model: string,
  task: string,
  input: TaskInput,
  tensors: readonly NamedTensor[],
): Promise<unknown[]> {
  const { text } = input
  const media =
    input.image === undefined ? audioClips(model, input, tensors) : await images(model, input, tensors)
  const wanted = firstArgument[task] ?? 'text'
  const given = {
    text: text !== undefined,
    image: input.image !== undefined,
    audio: input.audio !== undefined,
  }
  if (!given[wanted]) {
    const got = Object.entries(given).flatMap(([kind, there]) => (there ? [kind] : []))
    throw wrong(
      model,
      `task '${task}' takes ${wanted}, got ${got.length === 0 ? 'nothing' : got.join(' and ')}`,
    )
  }
  const first = media === undefined ? [] : [media.length === 1 ? media[0] : media]
  const args = [...first, ...(text === undefined ? [] : [text]), ...(input.args ?? [])]
  const options = { ...defaults[task], ...input.options }
  return Object.keys(options).length === 0 ? args : [...args, options]
}

/** The clips, or undefined where the input has no audio. Fails with LaneError 'WrongInput'. */
export function audioClips(
  model: string,
  { audio }: TaskInput,
  tensors: readonly NamedTensor[],
): Float32Array[] | undefined {
  if (audio === undefined) return undefined
  const clips = tensors.filter(({ name }) => name === 'audio')
  if (clips.length === 0) throw wrong(model, "the input says audio, but there is no tensor named 'audio'")
  return clips.map(({ dtype, data }) => {
    if (dtype !== 'float32') throw wrong(model, `audio samples must be float32 from −1 to 1, got ${dtype}`)
    return data
  })
}

async function images(
  model: string,
  { image }: TaskInput,
  tensors: readonly NamedTensor[],
): Promise<RawImage[] | undefined> {
  if (image === undefined) return undefined
  const pictures = tensors.filter(({ name }) => name === 'image')
  if (pictures.length === 0) throw wrong(model, "the input says image, but there is no tensor named 'image'")
  return await Promise.all(
    pictures.map(async ({ dtype, data }) => {
      if (dtype !== 'uint8') throw wrong(model, `image bytes must be uint8, got ${dtype}`)
      if (image === 'encoded') return await decodeImage(model, data)
      const { width, height, channels } = image
      if (data.length !== width * height * channels) {
        throw wrong(
          model,
          `an image of ${width} × ${height} × ${channels} has ${width * height * channels} bytes, got ${data.length}`,
        )
      }
      return new RawImage(new Uint8ClampedArray(data), width, height, channels)
    }),
  )
}

async function decodeImage(model: string, bytes: Uint8Array): Promise<RawImage> {
  try {
    return await RawImage.fromBlob(new Blob([bytes as Uint8Array<ArrayBuffer>]))
  } catch (error) {
    const start = [...bytes.subarray(0, 4)].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
    throw wrong(
      model,
      `this browser cannot decode the image (${bytes.length} bytes, starting ${start}): ${String(error)}`,
    )
  }
}
