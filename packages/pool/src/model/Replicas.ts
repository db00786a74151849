// One model's copies on the connections that may hold it: loads it where a connection comes up, loads it again
// where a lane was lost, and tells the model's machine of each step. It chooses no lane for a request.

import { type Lane, LaneHung, LaneLost, type ModelManifest, type ValueMetadata } from '@shoal/browser-bridge'
import type { StoredModel } from '@shoal/model-store'
import type { ModelSignature } from '@shoal/onnx'
import type { ModelBatching } from '../batching/batchingOf.ts'
import type { Dispatcher } from '../Dispatcher.ts'
import { ModelUnplaceable } from '../errors.ts'
import type { Fleet, FleetEvent, Member } from '../fleet/Fleet.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'
import { type BrowserPreferences, preferenceRank } from '../routing/preferences.ts'
import { claimFault } from './claimFault.ts'
import type { ModelEvent, ReplicaState } from './model.machine.ts'
import { chooseBackend } from './placement.ts'
import { unload } from './unload.ts'
import { warmUpRequest } from './warmUp.ts'

/** Loads that fail on a living lane, though they may be tried again, before the connection is left alone. */
const loadAttempts = 3

/** Lanes that may end under a load before it is taken for the cause. Other requests may have ended them. */
const lanesLost = 8

/** The first wait before a lane is asked for again, in milliseconds; it doubles. */
const firstWaitMs = 50

/** A part of the model's files arrived in a page. */
export interface LoadProgress {
  readonly connection: string
  readonly file: string
  readonly loaded: number
  readonly total: number
}

export interface ReplicasOptions {
  readonly model: string
  readonly spec: ResolvedSpec
  readonly stored: StoredModel
  readonly signature: ModelSignature
  readonly batching: ModelBatching | undefined
  readonly fleet: Fleet
  readonly dispatcher: Dispatcher
  readonly preferences: BrowserPreferences
  /** Connections on their way, which might hold what those that are up refuse. */
  readonly starting: (trust: ResolvedSpec['trust']) => number
  readonly emit: (event: ModelEvent) => void
  readonly onProgress?: (progress: LoadProgress) => void
  /** Deadline of a warming run, in milliseconds. */
  readonly warmUpLimitMs: number
  /** It is run once before it is ready, whatever the model asks for. */
  readonly warmAlways: boolean
}

export class Replicas {
  readonly #options: ReplicasOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #refusals = new Map<string, unknown>()
  readonly #leave: () => void
  #stopped = false

  constructor(options: ReplicasOptions) {
    this.#options = options
    this.#leave = options.fleet.subscribe(event => this.#hear(event))
    for (const member of options.fleet.members()) void this.#place(member)
    // Where nobody may hold it, nobody will refuse it either.
    if (!options.fleet.members().some(member => this.#mayHold(member))) this.#judge()
  }

  /** Gives up all replicas: the dispatcher uses them no more. The models stay in their lanes. */
  stop(): void {
    this.#stopped = true
    this.#leave()
    for (const lane of this.#lanes.values())
      this.#options.dispatcher.removeReplica(this.#options.model, lane.id)
  }

  #hear(event: FleetEvent): void {
    switch (event._tag) {
      case 'up':
        void this.#place(event.member)
        return
      case 'down':
        this.#forget(event.member.id)
        this.#judge()
        return
      case 'gaveUp':
        this.#judge()
        return
      case 'laneLost':
        if (this.#lanes.get(event.member.id)?.id !== event.lane) return
        this.#forget(event.member.id)
        void this.#place(event.member)
        return
    }
  }

  #forget(connection: string): void {
    const lane = this.#lanes.get(connection)
    if (lane) this.#options.dispatcher.removeReplica(this.#options.model, lane.id)
    this.#lanes.delete(connection)
    this.#refusals.delete(connection)
    this.#options.emit({ type: 'replica.gone', connection })
  }

  /** A device that joined is not there for a model that did not opt in: it gets no file, and no request. */
  #mayHold(member: Member): boolean {
    return this.#options.spec.trust === 'any' || member.live.trust === 'own'
  }

  async #place(member: Member): Promise<void> {
    if (!this.#mayHold(member)) return
    const choice = chooseBackend(this.#options.spec, member.live.capabilities)
    if (choice._tag === 'refused') {
      this.#refuse(member, choice.reason, undefined)
      return
    }
    let failed = 0
    let lost = 0
    while (this.#wanted(member)) {
      try {
        const lane = await this.#options.fleet.lane(member, choice.backend)
        await this.#load(member, lane)
        return
      } catch (error) {
        if (!this.#wanted(member)) return
        if (error instanceof LaneLost || error instanceof LaneHung) lost++
        else failed++
        if (!isPassing(error) || failed >= loadAttempts || lost >= lanesLost) {
          this.#refuse(member, messageOf(error), error)
          return
        }
        // It must not keep a program alive whose pool was closed meanwhile.
        await pause(firstWaitMs * 2 ** (failed + lost - 1))
      }
    }
  }

  async #load(member: Member, lane: Lane): Promise<void> {
    const { spec, stored, model, dispatcher, onProgress, preferences } = this.#options
    this.#tell(member, { _tag: 'loading', backend: lane.backend })
    const key = laneKey(stored, model)
    const startedAt = performance.now()
    const loaded = await lane.load(manifestOf(stored, key), {
      onProgress: progress => onProgress?.({ connection: member.id, ...progress }),
    })
    const loadMs = performance.now() - startedAt
    const fault = this.#claimFault(member, loaded.outputs)
    if (fault !== undefined) {
      await unload(this.#options.fleet, lane, key)
      this.#refuse(member, fault, undefined)
      return
    }
    let warmMs: number | undefined
    if (spec.optimizations.precompileShaders || this.#options.warmAlways) {
      this.#tell(member, { _tag: 'warming', backend: lane.backend })
      const warmedFrom = performance.now()
      await lane.run(key, warmUpRequest(spec, loaded.inputs), {
        deadlineMs: this.#options.warmUpLimitMs,
      })
      warmMs = performance.now() - warmedFrom
    }
    if (!this.#wanted(member)) {
      // Released while it was loading: nobody else will ask for it to be unloaded here.
      await unload(this.#options.fleet, lane, key)
      return
    }
    this.#lanes.set(member.id, lane)
    this.#tell(member, { _tag: 'ready', backend: lane.backend, loadMs, warmMs })
    dispatcher.addReplica({
      model,
      modelKey: key,
      lane,
      connection: member.id,
      browser: member.browser,
      trust: member.live.trust,
      preference: preferenceRank(spec.type, member.browser.kind, preferences),
      warm: warmMs !== undefined,
      batching: this.#options.batching,
    })
  }

  #claimFault(member: Member, outputs: readonly ValueMetadata[]): string | undefined {
    const { stored, signature } = this.#options
    if (member.live.trust === 'own' || stored.kind !== 'graph') return undefined
    return claimFault(outputs, signature)
  }

  #wanted(member: Member): boolean {
    return !this.#stopped && this.#options.fleet.isUp(member)
  }

  #tell(member: Member, state: ReplicaState): void {
    if (this.#wanted(member)) this.#options.emit({ type: 'replica', connection: member.id, state })
  }

  #refuse(member: Member, reason: string, error: unknown): void {
    this.#refusals.set(member.id, error ?? reason)
    this.#tell(member, { _tag: 'refused', reason })
    this.#judge()
  }

  /** Whether any connection, up or on its way, may still hold the model. */
  #judge(): void {
    const { spec, fleet, emit, starting } = this.#options
    const others = fleet.members().some(other => this.#mayHold(other) && !this.#refusals.has(other.id))
    if (this.#stopped || others || starting(spec.trust) > 0) return
    const reasons = [...new Set([...this.#refusals.values()].map(messageOf))]
    emit({
      type: 'hopeless',
      error: new ModelUnplaceable({
        model: spec.name,
        causes: [...this.#refusals.values()],
        message: `No connection can hold ${spec.name} on ${spec.platform}: ${reasons.join('; ') || 'none is up, and none can be started'}`,
      }),
    })
  }
}

/**
 * The name under which a lane holds the model. Not the content's hash alone: the same files loaded for another task
 * are another session, and unloading one must leave the other.
 */
function laneKey(stored: StoredModel, model: string): string {
  return `${stored.key}.${model}`
}

function manifestOf(stored: StoredModel, key: string): ModelManifest {
  return {
    key,
    name: stored.name,
    kind: stored.kind,
    ...(stored.task === undefined ? {} : { task: stored.task }),
    root: `${stored.key}/resolve/main/`,
    graphFile: stored.graphFile,
    dtype: stored.dtype,
    files: stored.files,
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms).unref()
  })
}

/** Whether the lane, not the model, was the reason. */
function isPassing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'mayRunAgain' in error && error.mayRunAgain === true
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
