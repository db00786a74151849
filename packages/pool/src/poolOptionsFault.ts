// What a pool's options may not be, found at the door. Pure. Their meaning and their defaults are PoolOptions.ts's; what a
// browser can be launched with is the bridge's.

import { browserKinds, type Endpoint } from '@shoal/browser-bridge'
import { InvalidOption, type UnsupportedOption } from './errors.ts'
import type { LaunchChoice } from './fleet/browserSources.ts'
import type { JoinOptions } from './fleet/Devices.ts'
import { type RecycleRules, recycleFault } from './fleet/recycling.ts'
import { modelTypes } from './ModelType.ts'
import { type Shapes, shapeFault } from './optionShapes.ts'
import type { MemoryOptions, PoolOptions, ResolvedOptions } from './PoolOptions.ts'
import type { BrowserPreferences, TypePreference } from './routing/preferences.ts'
import { scalingFault } from './scaling/ScalingPolicy.ts'

/** With the signal that `ResourcePool.start` takes beside them. */
const poolShapes: Shapes<PoolOptions & { readonly signal?: AbortSignal }> = {
  minConnections: 'a number',
  maxConnections: 'a number',
  adaptiveScaling: 'true or false',
  scaling: 'an object',
  browsers: 'an array',
  recycle: 'an object',
  browserPreferences: 'an object',
  pagesPerBrowser: 'a number',
  threads: 'a number',
  headless: 'true or false',
  maxQueue: 'a number',
  deadlineMs: 'a number',
  terminateAfterMs: 'a number',
  memory: 'an object',
  idleUnloadMs: 'a number',
  host: 'a string',
  port: 'a number',
  join: 'an object or true',
  cache: 'a string',
  modelFolders: 'an array of strings',
  hub: 'a string or false',
  signal: 'an object',
}

const memoryShapes: Shapes<MemoryOptions> = { perPage: 'a number', total: 'a number' }

const recycleShapes: Shapes<RecycleRules> = {
  afterMs: 'a number',
  afterRuns: 'a number',
  aboveBytes: 'a number',
}

const joinShapes: Shapes<JoinOptions> = {
  host: 'a string',
  port: 'a number',
  tls: 'an object',
  names: 'an array of strings',
  maxDevices: 'a number',
  awayMs: 'a number',
}

const launchShapes: Shapes<LaunchChoice> = {
  kind: 'a string',
  channel: 'a string',
  executablePath: 'a string',
  headless: 'true or false',
  args: 'an array of strings',
  firefoxPrefs: 'an object',
  webgpu: 'true or false',
  webnn: 'true or false',
  adapter: 'a string',
  powerPreference: 'a string',
  driver: 'a string',
}

const endpointShapes: Shapes<Endpoint> = {
  kind: 'a string',
  connect: 'a string',
  protocol: 'a string',
  headers: 'an object',
  launch: 'an object',
}

const preferenceShapes: Shapes<TypePreference> = {
  browsers: 'a string or an array of strings',
  backend: 'a string',
  precompileShaders: 'true or false',
}

const families: readonly NonNullable<TypePreference['backend']>[] = ['wasm', 'webgpu', 'webnn', 'any']

/** Names that there are not, and values of another kind. Before the defaults are filled in, which would hide them. */
export function poolShapesFault(options: PoolOptions): InvalidOption | undefined {
  const { memory = {}, recycle = {}, join = {} } = options
  return (
    shapeFault(options, poolShapes) ??
    shapeFault(memory, memoryShapes, 'memory') ??
    shapeFault(recycle, recycleShapes, 'recycle') ??
    shapeFault(join === true ? {} : join, joinShapes, 'join') ??
    options.browsers?.map(choiceFault).find(fault => fault !== undefined)
  )
}

function choiceFault(choice: unknown): InvalidOption | undefined {
  if (typeof choice === 'string') return kindFault('browsers', choice)
  if (typeof choice !== 'object' || choice === null)
    return invalid('browsers', 'holds something that is neither a kind of browser nor an object')
  if ('connect' in choice) return shapeFault(choice, endpointShapes, 'browsers')
  if (!('kind' in choice)) return invalid('browsers', 'holds one with neither kind nor connect')
  return shapeFault(choice, launchShapes, 'browsers') ?? kindFault('browsers', choice.kind)
}

export function poolOptionsFault(options: ResolvedOptions): InvalidOption | UnsupportedOption | undefined {
  const counts = ['minConnections', 'maxConnections', 'pagesPerBrowser', 'threads', 'maxQueue'] as const
  for (const option of counts) {
    const least = options.join !== undefined && option.endsWith('Connections') ? 0 : 1
    if (!Number.isInteger(options[option]) || options[option] < least)
      return invalid(option, `must be a whole number of at least ${least}, and is ${options[option]}`)
  }
  if (options.minConnections > options.maxConnections)
    return invalid(
      'minConnections',
      `is ${options.minConnections}, above maxConnections (${options.maxConnections})`,
    )
  if (!Number.isFinite(options.deadlineMs) || options.deadlineMs <= 0)
    return invalid('deadlineMs', `must be a positive number of milliseconds, and is ${options.deadlineMs}`)
  if (!(options.terminateAfterMs > 0))
    return invalid(
      'terminateAfterMs',
      `must be a positive number of milliseconds, and is ${options.terminateAfterMs}`,
    )
  for (const [name, bytes] of Object.entries(options.memory)) {
    if (!(bytes > 0)) return invalid(`memory.${name}`, `must be a positive number of bytes, and is ${bytes}`)
  }
  const { idleUnloadMs } = options
  if (idleUnloadMs !== undefined && !(Number.isFinite(idleUnloadMs) && idleUnloadMs > 0))
    return invalid('idleUnloadMs', `must be a positive number of milliseconds, and is ${idleUnloadMs}`)
  if (!Number.isInteger(options.port) || options.port < 0 || options.port > 65_535)
    return invalid('port', `must be 0 (any free one) to 65535, and is ${options.port}`)
  const fault = scalingFault(options.scaling)
  if (fault) return fault
  if (options.scaling.warmSpare && options.maxConnections < 2)
    return invalid(
      'scaling.warmSpare',
      `needs maxConnections of at least 2, and it is ${options.maxConnections}`,
    )
  const leak = recycleFault(options.recycle)
  if (leak !== undefined) return invalid('recycle', leak)
  if (options.browsers?.length === 0)
    return invalid('browsers', 'is empty; leave it out to use every browser found')
  return preferencesFault(options.browserPreferences)
}

function preferencesFault(preferences: BrowserPreferences): InvalidOption | undefined {
  for (const [type, order] of Object.entries(preferences)) {
    const option = `browserPreferences.${type}`
    if (!modelTypes.some(one => one === type))
      return invalid(option, `is for no type of model; there are ${modelTypes.join(', ')}`)
    const fault = isPlain(order) ? kindsFault(option, order) : preferenceFault(option, order)
    if (fault) return fault
  }
  return undefined
}

const isPlain = (order: unknown) => typeof order === 'string' || Array.isArray(order)

function preferenceFault(option: string, preference: unknown): InvalidOption | undefined {
  const misshapen = shapeFault<TypePreference>(preference, preferenceShapes, option)
  if (misshapen) return misshapen
  const { browsers, backend } = preference as TypePreference
  if (backend !== undefined && !families.includes(backend))
    return invalid(`${option}.backend`, `${backend} is none of ${families.join(', ')}`)
  return browsers === undefined ? undefined : kindsFault(`${option}.browsers`, browsers)
}

function kindsFault(option: string, kinds: unknown): InvalidOption | undefined {
  return [kinds]
    .flat()
    .map(kind => kindFault(option, kind))
    .find(fault => fault !== undefined)
}

function kindFault(option: string, kind: unknown): InvalidOption | undefined {
  if (browserKinds.some(one => one === kind)) return undefined
  return invalid(option, `${String(kind)} is none of ${browserKinds.join(', ')}`)
}

function invalid(option: string, what: string): InvalidOption {
  return new InvalidOption({ option, message: `${option}: ${what}.` })
}
