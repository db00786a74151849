// What is believed of each type of model while nothing has been measured: the browsers that are tried first, the back-end
// that is taken for the fastest, and whether its shaders are compiled before it is ready. Priors, not rules: each is worth a
// factor of expected time, a measurement takes its place, and it only ever chooses among lanes that the hard constraints
// allow. The user may override any of them.

import { type Backend, type BrowserKind, browserKinds } from '@shoal/browser-bridge'
import type { ModelType } from '../ModelType.ts'

/** A kind of back-end, whatever device is behind it. */
export type BackendFamily = 'wasm' | 'webgpu' | 'webnn'

/** What is believed of one type of model; what is left out is as in the table. */
export interface TypePreference {
  /** Best first. `chromium` stands for Chrome where only the free build is installed. */
  readonly browsers?: BrowserKind | readonly BrowserKind[]
  /**
   * Taken for the fastest, where it is on hardware; `any`: none is. Of models that leave their platform open (`auto`) it
   * is tried first.
   */
  readonly backend?: BackendFamily | 'any'
  /** The default of `optimizations.precompileShaders`, for lanes that have shaders: those on WebGPU. */
  readonly precompileShaders?: boolean
}

/** By type: all that is believed of it, or only its browsers. */
export type BrowserPreferences = Readonly<
  Partial<Record<ModelType, BrowserKind | readonly BrowserKind[] | TypePreference>>
>

interface ResolvedPreference {
  readonly browsers: readonly BrowserKind[]
  readonly backend: BackendFamily | undefined
  readonly precompileShaders: boolean
}

const chromes = ['chrome', 'chromium', 'edge'] as const

/**
 * Audio Firefox with compute shaders, vision Chrome with precompiled shaders, text embedding Edge with WebNN, generation and
 * multimodal Chrome. Guesses: none of them was measured by us on hardware.
 */
const table: Readonly<Record<ModelType, ResolvedPreference>> = {
  text_embedding: {
    browsers: ['edge', 'chrome', 'chromium'],
    backend: 'webnn',
    precompileShaders: false,
  },
  vision: { browsers: chromes, backend: undefined, precompileShaders: true },
  audio: { browsers: ['firefox'], backend: 'webgpu', precompileShaders: false },
  text_generation: { browsers: chromes, backend: undefined, precompileShaders: false },
  multimodal: { browsers: chromes, backend: undefined, precompileShaders: false },
  graph: { browsers: [], backend: undefined, precompileShaders: false },
}

export function preferenceOf(type: ModelType, overrides: BrowserPreferences = {}): ResolvedPreference {
  const known = table[type]
  const own = overrides[type]
  if (own === undefined) return known
  const { browsers, backend, precompileShaders }: TypePreference = isBrowsers(own) ? { browsers: own } : own
  return {
    browsers: browsers === undefined ? known.browsers : [browsers].flat(),
    backend: backend === 'any' ? undefined : (backend ?? known.backend),
    precompileShaders: precompileShaders ?? known.precompileShaders,
  }
}

function isBrowsers(
  own: NonNullable<BrowserPreferences[ModelType]>,
): own is BrowserKind | readonly BrowserKind[] {
  return typeof own === 'string' || Array.isArray(own)
}

/** What the table says of one lane. */
export interface LanePreference {
  /** 0 is tried first: the browser's place in the order, and one more where the back-end is another. */
  readonly rank: number
  /** In words. */
  readonly reason: string
}

/** @param lane `software`: on a software adapter, which is never what is meant by a back-end */
export function lanePreference(
  type: ModelType,
  lane: { readonly browser: string; readonly backend: Backend; readonly software: boolean },
  overrides: BrowserPreferences,
): LanePreference {
  const { browsers, backend } = preferenceOf(type, overrides)
  const fits = backend === undefined || (!lane.software && familyOf(lane.backend) === backend)
  const rank = browserRank(browsers, lane.browser) + (fits ? 0 : 1)
  const first = [browsers[0], backend && `on ${backend}`].filter(Boolean).join(' ')
  if (first === '') return { rank, reason: `nothing is preferred for ${type}` }
  const reason =
    rank === 0 ? `${first}, preferred for ${type}` : `preference ${rank} for ${type}: ${first} first`
  return { rank, reason }
}

export function familyOf(backend: Backend): BackendFamily {
  return backend === 'wasm' || backend === 'webgpu' ? backend : 'webnn'
}

/** Kinds that are not listed come last, equal. */
function browserRank(order: readonly string[], browser: string): number {
  const at = order.indexOf(browser)
  return at === -1 ? order.length : at
}

/** How much slower something is believed to be for each step down the table, until it was measured. */
const priorStep = 1.25

/** What is believed to be taken by what was never measured: as long as the fastest that was, and more by each step. */
export function believedMs(rank: number, fastestMs: number): number {
  return fastestMs * priorStep ** rank
}

/**
 * In the order of what each is believed to take, measured or not.
 * @param candidates the one that is preferred first
 */
export function byBelief<A>(
  candidates: readonly A[],
  measuredMs: (candidate: A) => number | undefined,
  rankOf: (candidate: A) => number = candidate => candidates.indexOf(candidate),
): A[] {
  const measured = candidates.map(measuredMs)
  const fastest = Math.min(...measured.filter(ms => ms !== undefined))
  return candidates
    .map((candidate, at) => ({
      candidate,
      ms: measured[at] ?? believedMs(rankOf(candidate), Number.isFinite(fastest) ? fastest : 1),
    }))
    .sort((a, b) => a.ms - b.ms)
    .map(({ candidate }) => candidate)
}

/**
 * Kinds of browsers in the order in which they are started for a model: those that the table names, and those in which it
 * was measured.
 */
export function startOrder(
  type: ModelType,
  overrides: BrowserPreferences,
  measuredMs: (kind: BrowserKind) => number | undefined,
): readonly BrowserKind[] {
  const { browsers } = preferenceOf(type, overrides)
  const known = browserKinds.filter(kind => browsers.includes(kind) || measuredMs(kind) !== undefined)
  const inOrder = known.toSorted((a, b) => browserRank(browsers, a) - browserRank(browsers, b))
  return byBelief(inOrder, measuredMs, kind => browserRank(browsers, kind))
}
