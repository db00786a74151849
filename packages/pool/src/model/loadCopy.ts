// Gets a model into one lane, and runs a first sample there where one is due. What it finds in the way it takes out of the
// lane again. Where a model is loaded, and what follows from a failure, is Replicas.ts's.

import type { Lane, ValueMetadata } from '@shoal/browser-bridge'
import type { StoredModel } from '@shoal/model-store'
import type { ModelBatching } from '../batching/batchingOf.ts'
import type { Fleet, Member } from '../fleet/Fleet.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'
import type { Footprint, LoadFactors } from './LoadFactors.ts'
import { manifestOf } from './laneManifest.ts'
import { isAnswered, messageOf } from './loadErrors.ts'
import { unload } from './unload.ts'
import { warmLane } from './warmLane.ts'
import { warmUpNeed, warmUpRequests } from './warmUp.ts'

/** A part of the model's files arrived in a page. */
export interface LoadProgress {
  readonly connection: string
  readonly file: string
  readonly loaded: number
  readonly total: number
}

export interface LoadOptions {
  readonly spec: ResolvedSpec
  readonly stored: StoredModel
  readonly engineBytes: number
  readonly batching: ModelBatching | undefined
  readonly fleet: Fleet
  readonly loadFactors: LoadFactors
  readonly onProgress?: (progress: LoadProgress) => void
  /** Deadline of a warming run, in milliseconds. */
  readonly warmUpLimitMs: number
  /** It is run once before it is ready, whatever the model asks for. */
  readonly warmAlways: boolean
}

/** How one copy is loaded. */
export interface CopyLoad {
  readonly member: Member
  readonly lane: Lane
  /** The name that it has in the lane. */
  readonly key: string
  /** Why it may not stay, now that it is known what it takes and gives; undefined where it may. */
  readonly fault: (memory: Footprint, outputs: readonly ValueMetadata[]) => unknown
  readonly onWarming: () => void
}

export type CopyLoaded =
  | {
      readonly _tag: 'loaded'
      readonly memory: Footprint
      readonly loadMs: number
      readonly warmMs: number | undefined
      /** Why the sample that nobody asked for could not be run. */
      readonly coldBecause: string | undefined
    }
  | { readonly _tag: 'unfit'; readonly cause: unknown }

/** Rejects with what the lane says; then the model is not in it. */
export async function loadCopy(options: LoadOptions, load: CopyLoad): Promise<CopyLoaded> {
  const { spec, stored, engineBytes, fleet, loadFactors, onProgress } = options
  const { member, lane, key } = load
  const startedAt = performance.now()
  const loaded = await lane.load(manifestOf(stored, key), {
    // Within this machine it saves nothing.
    sideBySide: spec.optimizations.parallelLoading && member.live.trust === 'joined',
    onProgress: progress => onProgress?.({ connection: member.id, ...progress }),
  })
  const loadMs = performance.now() - startedAt
  const grewBy = member.live.trust === 'own' ? loaded.heapGrewBytes : undefined
  const memory = loadFactors.learn(stored.key, engineBytes, lane.backend, grewBy)
  const cause = load.fault(memory, loaded.outputs)
  if (cause !== undefined) {
    await unload(fleet, lane, key)
    return { _tag: 'unfit', cause }
  }
  return { _tag: 'loaded', memory, loadMs, ...(await warmed(options, load, loaded.inputs)) }
}

async function warmed(
  { spec, batching, fleet, warmUpLimitMs, warmAlways }: LoadOptions,
  { lane, key, onWarming }: CopyLoad,
  inputs: readonly ValueMetadata[],
): Promise<Pick<Extract<CopyLoaded, { _tag: 'loaded' }>, 'warmMs' | 'coldBecause'>> {
  const need = warmUpNeed(spec, lane.backend, warmAlways)
  if (need === 'none') return { warmMs: undefined, coldBecause: undefined }
  onWarming()
  const startedAt = performance.now()
  try {
    await warmLane(lane, key, warmUpRequests(spec, inputs, batching), warmUpLimitMs)
    return { warmMs: performance.now() - startedAt, coldBecause: undefined }
  } catch (error) {
    if (need === 'may fail' && isAnswered(error)) return { warmMs: undefined, coldBecause: messageOf(error) }
    // It is in the lane, and its place is about to be given away.
    await unload(fleet, lane, key)
    throw error
  }
}
