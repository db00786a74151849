// What people ask for when they ask for a model, checked at the door, with each type's defaults. It knows
// nothing of lanes or files: the pool resolves and places what is described here.

import { modalityOf, type Trust, tasks } from '@shoal/browser-bridge'
import { type BatchingOptions, type ResolvedBatching, resolveBatching } from './batching/Batching.ts'
import { InvalidOption, UnsupportedOption } from './errors.ts'
import { type ModelType, modelTypes, taskOf } from './ModelType.ts'
import { type Shapes, shapeFault } from './optionShapes.ts'
import { type BrowserPreferences, preferenceOf } from './routing/preferences.ts'

/**
 * The kind of back-end. `auto`: the one that is preferred for the type where it is on hardware, then WebGPU where the adapter
 * is hardware, else WASM.
 */
export type Platform = 'webgpu' | 'webnn' | 'wasm' | 'auto'

/** Precisions by their Transformers.js names; each is a file beside `onnx/model.onnx`. */
export type ModelDtype = 'fp32' | 'fp16' | 'q8'

/** By the stem of a part's graph, as Transformers.js takes it. */
export type PartDtypes = Readonly<Record<string, ModelDtype>>

export interface Optimizations {
  /**
   * Runs one sample before the model counts as ready, so that shaders are compiled (WebGPU) and kernels are
   * warm before the first request. What it saves is first-request latency. Default: for vision models on WebGPU, where a
   * sample that cannot be run is no reason to refuse them; see `TypePreference`.
   */
  readonly precompileShaders?: boolean
  /** Audio on WebGPU compute shaders instead of WASM. Refused where every adapter is software. */
  readonly computeShaders?: boolean
  /**
   * Fetches the files of the model's parts side by side: from a hub four at a time, and into a device that joined all at
   * once, while its engine starts. Files that are on this disk are none the faster for it: then it is ignored, which
   * `onProgress` and `status().ignored` say. Sessions are made one after the other in any case: the engine has one lock.
   */
  readonly parallelLoading?: boolean
}

export interface ModelSpec {
  /** A folder, an `.onnx` file, or a name or URL on a Hugging Face-compatible hub. */
  readonly name: string
  /**
   * The content that its files must have: the first 8 to 64 digits of `key`. While an older content of the same name is
   * held, it can be asked for by this. Default: whatever is there now.
   */
  readonly version?: string
  readonly type?: ModelType
  /** A Transformers.js task; the type's own where absent. Not for `graph`, which takes raw tensors. */
  readonly task?: string
  readonly platform?: Platform
  /** Where a connection does not have `platform`, or cannot open it: these, in this order. Default: none. */
  readonly fallback?: readonly Platform[]
  /**
   * WASM threads of its lanes, as many as the page can use at most; a model that asks for another number than the pool's
   * (`threads`) has lanes of its own. Default: the pool's. `placement.threads` says how many it has.
   */
  readonly threads?: number
  /** One precision, or one for each part of a task's model by its graph's stem: `{ encoder_model: 'fp16', … }`; fp32 else. */
  readonly dtype?: ModelDtype | PartDtypes
  readonly optimizations?: Optimizations
  /**
   * Runs several requests as one: rows along the model's batch axis, padded and parted exactly. `true` is all defaults.
   * Refused for a model without such an axis. Default: off.
   */
  readonly batching?: BatchingOptions | boolean
  /**
   * Whose browsers may hold it: `own`, those that this pool starts; `any`, devices that joined too, which then get its
   * files and inputs. One in twenty of their answers is computed again on an own lane, where one holds the model, and a
   * device that answered otherwise is sent home for good. Answers that are no tensors (words, labels, boxes) and streams are
   * not judged: of these two right ones may differ. Default `own`.
   */
  readonly trust?: Exclude<Trust, 'joined'> | 'any'
}

export interface ResolvedOptimizations extends Omit<Required<Optimizations>, 'precompileShaders'> {
  /** `where there are shaders`: nobody asked for it, and it is the type's default. */
  readonly precompileShaders: boolean | 'where there are shaders'
}

/** A spec with every choice made. */
export interface ResolvedSpec {
  readonly name: string
  readonly version: string | undefined
  readonly type: ModelType
  readonly task: string | undefined
  readonly platform: Platform
  /** Platforms to try, in this order. */
  readonly platforms: readonly [Platform, ...Platform[]]
  readonly threads: number | undefined
  readonly dtype: ModelDtype | PartDtypes
  readonly optimizations: ResolvedOptimizations
  readonly batching: ResolvedBatching | undefined
  readonly trust: NonNullable<ModelSpec['trust']>
}

const platforms: readonly Platform[] = ['webgpu', 'webnn', 'wasm', 'auto']
const trusts: readonly ResolvedSpec['trust'][] = ['own', 'any']
const dtypes: readonly ModelDtype[] = ['fp32', 'fp16', 'q8']

/** What others call so, or have, and what there is here. */
const elsewhere: Readonly<Record<string, string>> = {
  lanes:
    'a page has one lane for each back-end and number of threads; raise minConnections or pagesPerBrowser',
  powerPreference: 'the adapter is the browser’s; give it there: browsers: [{ kind, powerPreference }]',
  adapter: 'the adapter is the browser’s; give it there: browsers: [{ kind, adapter }]',
  device: 'it is called platform here',
  quantized: "ask for dtype: 'q8'",
  revision: 'a revision of a hub is a part of the name: name@revision',
  keepAlive: 'idleUnloadMs of the pool unloads what is not used',
}

const specShapes: Shapes<ModelSpec> = {
  name: 'a string',
  version: 'a string',
  type: 'a string',
  task: 'a string',
  platform: 'a string',
  fallback: 'an array of strings',
  threads: 'a number',
  dtype: 'a string or an object',
  optimizations: 'an object',
  batching: 'an object, true or false',
  trust: 'a string',
}

const optimizationShapes: Shapes<Optimizations> = {
  precompileShaders: 'true or false',
  computeShaders: 'true or false',
  parallelLoading: 'true or false',
}

function misshapen(spec: ModelSpec): UnsupportedOption | InvalidOption | undefined {
  const foreign = Object.keys(spec ?? {}).find(name => Object.hasOwn(elsewhere, name))
  if (foreign !== undefined)
    return new UnsupportedOption({
      option: foreign,
      message: `${foreign} is not for a model to set here: ${elsewhere[foreign]}.`,
    })
  return (
    shapeFault(spec, specShapes) ?? shapeFault(spec.optimizations ?? {}, optimizationShapes, 'optimizations')
  )
}

/**
 * Fills in what a spec leaves open, or says what is wrong with it.
 * @param preferences of the pool, where it overrides the table's
 */
export function resolveSpec(
  spec: ModelSpec,
  preferences: BrowserPreferences = {},
): ResolvedSpec | InvalidOption | UnsupportedOption {
  const wrong = misshapen(spec)
  if (wrong) return wrong
  if ((spec.name ?? '').trim() === '')
    return invalid('name', 'is empty; give a folder, an .onnx file, or a hub name or URL')
  const kind = spec.task === undefined ? undefined : modalityOf(spec.task)
  const type = spec.type ?? kind?.type ?? typeOfName(spec.name)
  const platform = spec.platform ?? 'auto'
  const dtype = spec.dtype ?? 'fp32'
  if (!Object.hasOwn(taskOf, type)) return invalid('type', `${type} is none of ${modelTypes.join(', ')}`)
  const fallback = spec.fallback ?? []
  for (const [option, one] of [
    ['platform', platform],
    ...fallback.map(one => ['fallback', one] as const),
  ] as const)
    if (!platforms.includes(one)) return invalid(option, `${one} is none of ${platforms.join(', ')}`)
  const { threads, version } = spec
  if (version !== undefined && !/^[0-9a-f]{8,64}$/.test(version))
    return invalid('version', `must be 8 to 64 hexadecimal digits, as in model.key, and is ${version}`)
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    return invalid('threads', `must be a whole number of at least 1, and is ${threads}`)
  const odd = precisionsOf(dtype).find(one => !dtypes.includes(one))
  if (odd !== undefined) return invalid('dtype', `${odd} is none of ${dtypes.join(', ')}`)
  if (typeof dtype !== 'string' && type === 'graph')
    return invalid('dtype', 'of several parts is for a task, and a graph is one part; give one precision')
  if (spec.task !== undefined && kind === undefined)
    return invalid('task', `there is no task '${spec.task}'; use one of ${tasks.join(', ')}`)
  if (type === 'graph' && spec.task !== undefined)
    return invalid(
      'task',
      `a graph takes raw tensors and has no task (got ${spec.task}); leave type or task out`,
    )
  const optimizations = {
    precompileShaders:
      spec.optimizations?.precompileShaders ??
      (preferenceOf(type, preferences).precompileShaders && ('where there are shaders' as const)),
    computeShaders: spec.optimizations?.computeShaders ?? false,
    parallelLoading: spec.optimizations?.parallelLoading ?? false,
  }
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
  return {
    name: spec.name,
    version,
    type,
    task,
    platform,
    platforms: [platform, ...fallback],
    threads,
    dtype,
    optimizations,
    batching,
    trust,
  }
}

/** Every precision that it names. */
export function precisionsOf(dtype: ResolvedSpec['dtype']): readonly ModelDtype[] {
  return typeof dtype === 'string' ? [dtype] : Object.values(dtype)
}

/** The least exact of its parts', which decides how exactly answers can agree. */
export function leastPrecision(dtype: ResolvedSpec['dtype']): ModelDtype {
  const all = precisionsOf(dtype)
  return (['q8', 'fp16'] as const).find(one => all.includes(one)) ?? 'fp32'
}

/** A key under which two specs share one loaded model, where its content is the same. */
export function specKey(spec: ResolvedSpec): string {
  return JSON.stringify([
    spec.name,
    spec.type,
    spec.task ?? null,
    spec.platforms,
    spec.threads ?? null,
    typeof spec.dtype === 'string' ? spec.dtype : Object.entries(spec.dtype).sort(),
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
