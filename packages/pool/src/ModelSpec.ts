// What people ask for when they ask for a model, checked at the door, with each type's defaults. It knows
// nothing of lanes or files: the pool resolves and places what is described here.

import { modalityOf, type TaskType, type Trust, tasks } from '@shoal/browser-bridge'
import { type BatchingOptions, type ResolvedBatching, resolveBatching } from './batching/Batching.ts'
import { InvalidOption, UnsupportedOption } from './errors.ts'

/** What a model is for; it chooses the task, the browsers tried first and the sample for warming up. */
export type ModelType = TaskType | 'graph'

/** The kind of back-end. `auto`: WebGPU where the adapter is hardware, else WASM. */
export type Platform = 'webgpu' | 'webnn' | 'wasm' | 'auto'

/** Precisions by their Transformers.js names; each is a file beside `onnx/model.onnx`. */
export type ModelDtype = 'fp32' | 'fp16' | 'q8'

export interface Optimizations {
  /**
   * Runs one sample before the model counts as ready, so that shaders are compiled (WebGPU) and kernels are
   * warm before the first request. What it saves is first-request latency.
   */
  readonly precompileShaders?: boolean
  /** Audio on WebGPU compute shaders instead of WASM. Refused where every adapter is software. */
  readonly computeShaders?: boolean
  /** Parts of a multimodal model fetched side by side. Not built yet, so `true` is refused. */
  readonly parallelLoading?: boolean
}

export interface ModelSpec {
  /** A folder, an `.onnx` file, or a name or URL on a Hugging Face-compatible hub. */
  readonly name: string
  readonly type?: ModelType
  /** A Transformers.js task; the type's own where absent. Not for `graph`, which takes raw tensors. */
  readonly task?: string
  readonly platform?: Platform
  readonly dtype?: ModelDtype
  readonly optimizations?: Optimizations
  /**
   * Runs several requests as one: rows along the model's batch axis, padded and parted exactly. `true` is all defaults.
   * Refused for a model without such an axis. Default: off.
   */
  readonly batching?: BatchingOptions | boolean
  /**
   * Whose browsers may hold it: `own`, those that this pool starts; `any`, devices that joined too, which then get its
   * files and inputs. One in twenty of their answers is computed again on an own lane, where one holds the model, and a
   * device that answered otherwise is sent home for good. Default `own`.
   */
  readonly trust?: Exclude<Trust, 'joined'> | 'any'
}

/** A spec with every choice made. */
export interface ResolvedSpec {
  readonly name: string
  readonly type: ModelType
  readonly task: string | undefined
  readonly platform: Platform
  readonly dtype: ModelDtype
  readonly optimizations: Required<Optimizations>
  readonly batching: ResolvedBatching | undefined
  readonly trust: NonNullable<ModelSpec['trust']>
}

const taskOf: Record<ModelType, string | undefined> = {
  text_embedding: 'feature-extraction',
  vision: 'image-feature-extraction',
  audio: 'audio-feature-extraction',
  text_generation: 'text-generation',
  multimodal: 'zero-shot-image-classification',
  graph: undefined,
}

const platforms: readonly Platform[] = ['webgpu', 'webnn', 'wasm', 'auto']
const trusts: readonly ResolvedSpec['trust'][] = ['own', 'any']
const dtypes: readonly ModelDtype[] = ['fp32', 'fp16', 'q8']

/** Fills in what a spec leaves open, or says what is wrong with it. */
export function resolveSpec(spec: ModelSpec): ResolvedSpec | InvalidOption | UnsupportedOption {
  const kind = spec.task === undefined ? undefined : modalityOf(spec.task)
  const type = spec.type ?? kind?.type ?? typeOfName(spec.name)
  const platform = spec.platform ?? 'auto'
  const dtype = spec.dtype ?? 'fp32'
  if (spec.name.trim() === '')
    return invalid('name', 'is empty; give a folder, an .onnx file, or a hub name or URL')
  if (!(type in taskOf)) return invalid('type', `${type} is none of ${Object.keys(taskOf).join(', ')}`)
  if (!platforms.includes(platform))
    return invalid('platform', `${platform} is none of ${platforms.join(', ')}`)
  if (!dtypes.includes(dtype)) return invalid('dtype', `${dtype} is none of ${dtypes.join(', ')}`)
  if (spec.task !== undefined && kind === undefined)
    return invalid('task', `there is no task '${spec.task}'; use one of ${tasks.join(', ')}`)
  if (type === 'graph' && spec.task !== undefined)
    return invalid(
      'task',
      `a graph takes raw tensors and has no task (got ${spec.task}); leave type or task out`,
    )
  const optimizations = {
    precompileShaders: spec.optimizations?.precompileShaders ?? false,
    computeShaders: spec.optimizations?.computeShaders ?? false,
    parallelLoading: spec.optimizations?.parallelLoading ?? false,
  }
  if (optimizations.parallelLoading)
    return unsupported(
      'parallelLoading',
      'parts of one model are loaded one after the other for now; leave it out',
    )
  if (optimizations.computeShaders && type !== 'audio')
    return unsupported(
      'computeShaders',
      `is for audio models and this one is ${type}; choose platform: 'webgpu' instead`,
    )
  if (optimizations.computeShaders && platform !== 'webgpu' && platform !== 'auto')
    return unsupported('computeShaders', `needs WebGPU and the platform is ${platform}; leave platform out`)
  const trust = spec.trust ?? 'own'
  if (!trusts.includes(trust)) return invalid('trust', `${trust} is none of ${trusts.join(', ')}`)
  const batching = resolveBatching(spec.batching)
  if (batching instanceof Error) return batching
  const task = spec.task ?? taskOf[type]
  return { name: spec.name, type, task, platform, dtype, optimizations, batching, trust }
}

/** A key under which two specs share one loaded model. */
export function specKey(spec: ResolvedSpec): string {
  return JSON.stringify([
    spec.name,
    spec.type,
    spec.task ?? null,
    spec.platform,
    spec.dtype,
    spec.optimizations,
    spec.batching ?? null,
    spec.trust,
  ])
}

function typeOfName(name: string): ModelType {
  return name.endsWith('.onnx') ? 'graph' : 'text_embedding'
}

function invalid(option: string, what: string): InvalidOption {
  return new InvalidOption({ option, message: `${option}: ${what}.` })
}

function unsupported(option: string, why: string): UnsupportedOption {
  return new UnsupportedOption({ option, message: `optimizations.${option} ${why}.` })
}
