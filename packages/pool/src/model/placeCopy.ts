// Loads one copy on one connection: back-end after back-end in their order, and again where what failed may pass. It opens
// lanes and closes what it leaves empty; which connection it is, and what becomes of the copy, is decided by Replicas.ts.

import { type Backend, type Lane, LaneHung, LaneLost, type ValueMetadata } from '@shoal/browser-bridge'
import type { Member } from '../fleet/Fleet.ts'
import type { Footprint } from './LoadFactors.ts'
import { laneKey } from './laneManifest.ts'
import { type CopyLoaded, type LoadOptions, loadCopy } from './loadCopy.ts'
import { isBackends, isPassing, messageOf } from './loadErrors.ts'
import type { ReplicaState } from './model.machine.ts'
import { pause } from './pause.ts'
import type { BackendOrder } from './placement.ts'
import { closeEmpty } from './unload.ts'

/** Loads that fail on a living lane, though they may be tried again, before the connection is left alone. */
const loadAttempts = 3

/** Lanes that may end under a load before it is taken for the cause. Other requests may have ended them. */
const lanesLost = 8

/** The first wait before a lane is asked for again, in milliseconds; it doubles. */
const firstWaitMs = 50

export interface Placing {
  readonly model: string
  readonly member: Member
  readonly order: BackendOrder
  /** `gone`: its connection, which ends its lanes by itself. `given up`: the model, everywhere. */
  readonly standing: () => 'wanted' | 'gone' | 'given up'
  /** Why it may not stay, now that it is known what it takes and gives; undefined where it may. */
  readonly fault: (memory: Footprint, outputs: readonly ValueMetadata[]) => unknown
  readonly tell: (state: ReplicaState) => void
}

export type Placed =
  | {
      readonly _tag: 'loaded'
      readonly lane: Lane
      readonly key: string
      readonly loaded: Extract<CopyLoaded, { _tag: 'loaded' }>
      readonly passedOver: readonly string[]
    }
  /** It is not there, and need not be tried again. */
  | { readonly _tag: 'refused'; readonly cause: unknown }
  /** It is not there, and nobody wants it there any more. */
  | { readonly _tag: 'unwanted' }

/** Never rejects. What is loaded may be unwanted by now: whoever asked looks again. */
export async function placeCopy(options: LoadOptions, placing: Placing): Promise<Placed> {
  const { member, order, standing } = placing
  const passedOver = [...order.passedOver]
  const tries = [...order.tries]
  let backend = tries.shift()
  let failed = 0
  let lost = 0
  while (backend !== undefined && standing() === 'wanted') {
    try {
      const lane = await options.fleet.lane(member, backend, options.spec.threads)
      if (standing() === 'given up') await closeEmpty(options.fleet, lane)
      if (standing() !== 'wanted') break
      const key = laneKey(options.stored, placing.model)
      const loaded = await loadOn(options, placing, lane, key)
      if (loaded._tag === 'unfit') return { _tag: 'refused', cause: loaded.cause }
      return { _tag: 'loaded', lane, key, loaded, passedOver }
    } catch (error) {
      if (standing() !== 'wanted') break
      const isNextOnes = isBackends(error) && tries.length > 0
      if (!isNextOnes) {
        if (error instanceof LaneLost || error instanceof LaneHung) lost++
        else failed++
        if (isPassing(error) && failed < loadAttempts && lost < lanesLost) {
          await pause(firstWaitMs * 2 ** (failed + lost - 1))
          continue
        }
        if (tries.length === 0) return { _tag: 'refused', cause: error }
        // Nobody need have asked for this back-end: what cannot be loaded on it may be on the next.
        failed = 0
        lost = 0
      }
      passedOver.push(messageOf(error))
      backend = tries.shift()
    }
  }
  return { _tag: 'unwanted' }
}

function loadOn(
  options: LoadOptions,
  { member, fault, tell }: Placing,
  lane: Lane,
  key: string,
): Promise<CopyLoaded> {
  const { backend }: { readonly backend: Backend } = lane
  tell({ _tag: 'loading', backend })
  return loadCopy(options, { member, lane, key, fault, onWarming: () => tell({ _tag: 'warming', backend }) })
}
