// What callers may pass to `run`, brought to the one form that goes to a lane, or refused with what was
// expected. It reads no files and fetches nothing: bytes come in as bytes.

import { type RunRequest, type TaskInput, taskInputFault } from '@shoal/browser-bridge'
import { type NamedTensor, type Tensor, tensorFault } from '@shoal/tensor'
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

/** The parts that a task may take; most take one. */
export interface TaskParts {
  /** Text or texts; beside an image or a clip, the labels or the question. */
  readonly text?: string | readonly string[]
  /** An encoded image (PNG, JPEG, WebP) or raw pixels. */
  readonly image?: Uint8Array | RawPixels
  readonly audio?: AudioSamples
  /** Further arguments of the Transformers.js pipeline before its options, such as a question's context. */
  readonly args?: readonly unknown[]
}

/**
 * Text or texts for a text task, encoded image bytes for a vision task, samples for an audio task (bare ones count
 * as 16 kHz), or their parts by name; named tensors for a graph.
 */
export type ModelInput =
  | string
  | readonly string[]
  | Uint8Array
  | Float32Array
  | TaskParts
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
  const parts = partsOf(input)
  if (parts === undefined || parts.text?.length === 0)
    return wrong(spec, `takes text, an image or audio samples that are not empty, and got ${given}`)
  const request = taskRequest(parts, options)
  const fault = taskInputFault(spec.task, request.input)
  return fault === undefined ? request : wrong(spec, `cannot take ${given}: ${fault}`)
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

function taskRequest(
  { text, image, audio, args }: TaskParts,
  options: Readonly<Record<string, unknown>> | undefined,
): RunRequest & { readonly input: TaskInput } {
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
    ...(args === undefined ? {} : { args }),
    ...(options === undefined ? {} : { options }),
  }
  return { input, tensors }
}

function shapeOf({ width, height, channels }: RawPixels): Omit<RawPixels, 'data'> {
  return { width, height, channels }
}

/** The parts of an input; undefined where one of them is not what it should be. */
function partsOf(input: ModelInput): TaskParts | undefined {
  if (typeof input === 'string') return { text: input }
  if (isTexts(input)) return { text: input }
  if (input instanceof Uint8Array) return soundParts({ image: input })
  if (input instanceof Float32Array)
    return soundParts({ audio: { samples: input, samplingRate: assumedRate } })
  return isParts(input) ? soundParts(input) : undefined
}

function soundParts(parts: TaskParts): TaskParts | undefined {
  const { text, image, audio, args } = parts
  const sound =
    (text === undefined || typeof text === 'string' || isTexts(text)) &&
    (image === undefined || isImage(image)) &&
    (audio === undefined || isAudio(audio)) &&
    (args === undefined || Array.isArray(args))
  return sound ? parts : undefined
}

function isParts(input: ModelInput): input is TaskParts {
  return isObject(input) && !Array.isArray(input) && !('tensors' in input)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

function isAudio({ samples, samplingRate }: AudioSamples): boolean {
  return samples instanceof Float32Array && samples.length > 0 && samplingRate > 0
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
