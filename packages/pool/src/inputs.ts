// What callers may pass to `run`, brought to the one form that goes to a lane, or refused with what was
// expected. It reads no files and fetches nothing: bytes come in as bytes.

import {
  type NamedTensor,
  type RunRequest,
  type TaskInput,
  type Tensor,
  tensorFault,
} from '@shoal/browser-bridge'
import { InvalidInput } from './errors.ts'
import type { ResolvedSpec } from './ModelSpec.ts'

/** Pixels as rows of `channels` bytes, `width × height × channels` in all. */
export interface RawPixels {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 2 | 3 | 4
  readonly data: Uint8Array
}

/** Mono samples between -1 and 1. */
export interface AudioSamples {
  readonly samples: Float32Array
  /** Hertz; most models want 16 000. */
  readonly samplingRate: number
}

/**
 * Text or texts for a text task; an encoded image (PNG, JPEG, WebP) or raw pixels for a vision task; samples
 * for an audio task (bare ones count as 16 kHz); named tensors for a graph.
 */
export type ModelInput =
  | string
  | readonly string[]
  | { readonly text: string | readonly string[] }
  | Uint8Array
  | { readonly image: Uint8Array | RawPixels }
  | Float32Array
  | { readonly audio: AudioSamples }
  | { readonly tensors: Readonly<Record<string, Tensor>> }

const assumedRate = 16_000

/** The input in the form that goes to a lane. `options` are the Transformers.js task's own. */
export function toRunRequest(
  spec: ResolvedSpec,
  input: ModelInput,
  options: Readonly<Record<string, unknown>> | undefined,
): RunRequest | InvalidInput {
  const given = describe(input)
  if (spec.task === undefined) {
    if (isObject(input) && 'tensors' in input) return graphRequest(spec, input.tensors)
    return wrong(spec, `takes { tensors: { name: Tensor } }, and got ${given}`)
  }
  const { text, image, audio } = partsOf(input)
  if (spec.type === 'vision' && !image)
    return wrong(spec, `takes encoded image bytes or { image }, and got ${given}`)
  if (spec.type === 'audio' && !audio)
    return wrong(spec, `takes audio samples (Float32Array) or { audio }, and got ${given}`)
  if (spec.type !== 'vision' && spec.type !== 'audio' && (text === undefined || text.length === 0))
    return wrong(spec, `takes text or texts, and got ${given}`)
  return taskRequest({ text, image, audio }, options)
}

function graphRequest(
  spec: ResolvedSpec,
  tensors: Readonly<Record<string, Tensor>>,
): RunRequest | InvalidInput {
  const named: NamedTensor[] = []
  for (const [name, tensor] of Object.entries(tensors)) {
    const fault = tensorFault(tensor)
    if (fault !== undefined) return wrong(spec, `cannot take the tensor ${name}: ${fault}`)
    named.push({ name, ...tensor })
  }
  if (named.length === 0) return wrong(spec, 'takes at least one tensor, and got none')
  return { input: { kind: 'tensors' }, tensors: named }
}

function taskRequest(parts: Parts, options: Readonly<Record<string, unknown>> | undefined): RunRequest {
  const { text, image, audio } = parts
  const tensors: NamedTensor[] = []
  if (image instanceof Uint8Array)
    tensors.push({ name: 'image', dtype: 'uint8', dims: [image.length], data: image })
  else if (image) {
    const { width, height, channels, data } = image
    tensors.push({ name: 'image', dtype: 'uint8', dims: [height, width, channels], data })
  }
  if (audio)
    tensors.push({ name: 'audio', dtype: 'float32', dims: [audio.samples.length], data: audio.samples })
  const input: TaskInput = {
    kind: 'task',
    ...(text === undefined ? {} : { text }),
    ...(image === undefined ? {} : { image: image instanceof Uint8Array ? 'encoded' : shapeOf(image) }),
    ...(audio === undefined ? {} : { audio: { samplingRate: audio.samplingRate } }),
    ...(options === undefined ? {} : { options }),
  }
  return { input, tensors }
}

function shapeOf({ width, height, channels }: RawPixels): Omit<RawPixels, 'data'> {
  return { width, height, channels }
}

interface Parts {
  readonly text?: string | string[] | undefined
  readonly image?: Uint8Array | RawPixels | undefined
  readonly audio?: AudioSamples | undefined
}

function partsOf(input: ModelInput): Parts {
  if (typeof input === 'string') return { text: input }
  if (Array.isArray(input)) return input.every(item => typeof item === 'string') ? { text: [...input] } : {}
  if (input instanceof Uint8Array) return input.length > 0 ? { image: input } : {}
  if (input instanceof Float32Array) return audioOf({ samples: input, samplingRate: assumedRate })
  if (!isObject(input)) return {}
  const { text, image, audio } = input as {
    text?: string | string[]
    image?: Uint8Array | RawPixels
    audio?: AudioSamples
  }
  return {
    ...(text === undefined ? {} : { text }),
    ...(image && isImage(image) ? { image } : {}),
    ...(audio ? audioOf(audio) : {}),
  }
}

function audioOf(audio: AudioSamples): Parts {
  return audio.samples instanceof Float32Array && audio.samples.length > 0 && audio.samplingRate > 0
    ? { audio }
    : {}
}

function isImage(image: Uint8Array | RawPixels): boolean {
  if (image instanceof Uint8Array) return image.length > 0
  return image.data instanceof Uint8Array && image.data.length === image.width * image.height * image.channels
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null
}

function describe(input: unknown): string {
  if (input === null || input === undefined) return String(input)
  if (Array.isArray(input)) return `an array of ${input.length}`
  if (ArrayBuffer.isView(input)) return `${input.constructor.name} of ${input.byteLength} bytes`
  if (typeof input === 'object') return `{ ${Object.keys(input).join(', ')} }`
  return typeof input
}

function wrong(spec: ResolvedSpec, what: string): InvalidInput {
  return new InvalidInput({ model: spec.name, message: `${spec.name} (${spec.task ?? spec.type}) ${what}.` })
}
