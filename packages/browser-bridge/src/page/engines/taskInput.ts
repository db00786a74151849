// From a task's input as it came over the wire to the arguments of a Transformers.js pipeline. Wrong input is refused
// here, with what the task takes.

import { RawImage } from '@huggingface/transformers'
import type { NamedTensor } from '@shoal/tensor'
import type { TaskInput } from '../../protocol/messages.ts'
import { modalityOf, taskInputFault } from '../../protocol/tasks.ts'
import { LaneError } from '../../protocol/wireErrors.ts'

const wrong = (model: string, detail: string) => new LaneError('WrongInput', `${model}: ${detail}`)

/** Options that make a task's answer the one that the pool promises, before the request's own. */
const pooled = { pooling: 'mean', normalize: true }
const defaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'feature-extraction': pooled,
  embeddings: pooled,
}

/** Fails with LaneError 'WrongInput'. */
export async function pipelineArguments(
  model: string,
  task: string,
  input: TaskInput,
  tensors: readonly NamedTensor[],
): Promise<unknown[]> {
  const fault = taskInputFault(task, input)
  if (fault !== undefined) throw wrong(model, fault)
  const media =
    input.image === undefined ? audioClips(model, input, tensors) : await images(model, input, tensors)
  const first = media === undefined ? [] : [media.length === 1 ? media[0] : media]
  // Labels are a list for Transformers.js, also where there is one.
  const labels = media !== undefined && modalityOf(task)?.beside === 'labels'
  const text = labels && typeof input.text === 'string' ? [input.text] : input.text
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
