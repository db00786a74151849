// One model's copies on the connections that may hold it: loads it where a connection comes up and there is room, where
// it is used and has no copy, and again where a lane was lost; unloads it where it must make room. It tells the model's
// machine of each step. It chooses no lane for a request, and does not decide who must make room (evict.ts does).

import { type Backend, type Lane, LaneHung, LaneLost, type ValueMetadata } from '@shoal/browser-bridge'
import type { ModelSignature } from '@shoal/onnx'
import type { Dispatcher } from '../Dispatcher.ts'
import type { ModelTooLarge } from '../errors.ts'
import type { FleetEvent, Member } from '../fleet/Fleet.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'
import type { PerformanceHistory } from '../PerformanceHistory.ts'
import { type BrowserPreferences, lanePreference } from '../routing/preferences.ts'
import { claimFault } from './claimFault.ts'
import type { Footprint } from './LoadFactors.ts'
import { laneKey } from './laneManifest.ts'
import { type LoadOptions, loadCopy } from './loadCopy.ts'
import { isBackends, isPassing, messageOf } from './loadErrors.ts'
import { orderOn, placeOn, predicted } from './memberPlace.ts'
import type { ModelEvent, ReplicaState } from './model.machine.ts'
import type { BackendOrder } from './placement.ts'
import type { Grant, Place, Residency, RestReason, Stay } from './Residency.ts'
import { tooLarge, unplaceable } from './refusals.ts'
import { closeEmpty, unload } from './unload.ts'

/** Loads that fail on a living lane, though they may be tried again, before the connection is left alone. */
const loadAttempts = 3

/** Lanes that may end under a load before it is taken for the cause. Other requests may have ended them. */
const lanesLost = 8

/** The first wait before a lane is asked for again, in milliseconds; it doubles. */
const firstWaitMs = 50

/** Until a machine that had no memory left is asked again, in milliseconds. */
const machineWaitMs = 1000

/** A copy in use keeps its place at least so long, so that at most a fifth of the time goes into loading. */
const leastTurnMs = 1000
const turnPerLoad = 4

export interface ReplicasOptions extends LoadOptions {
  readonly model: string
  readonly signature: ModelSignature
  readonly dispatcher: Dispatcher
  readonly residency: Residency
  readonly preferences: BrowserPreferences
  readonly history: PerformanceHistory
  /** Connections on their way, which might hold what those that are up refuse. */
  readonly starting: (trust: ResolvedSpec['trust']) => number
  readonly emit: (event: ModelEvent) => void
}

/** The model on one connection. */
type Copy =
  | { readonly _tag: 'coming'; readonly stay: Stay; readonly backend: Backend | undefined }
  | { readonly _tag: 'here'; readonly stay: Stay; readonly lane: Lane; readonly key: string }
  | { readonly _tag: 'leaving'; readonly lane: Lane; readonly key: string }
  | { readonly _tag: 'resting' }
  | { readonly _tag: 'refused'; readonly cause: unknown }

export class Replicas {
  readonly #options: ReplicasOptions
  readonly #copies = new Map<string, Copy>()
  readonly #leave: (() => void)[]
  readonly #stop = new AbortController()
  /** It was asked for, and has not been ready since. */
  #asked = true
  /** It has been ready, so it fits where the machine's memory allows. */
  #wasReady = false
  /** It waits for room. */
  #seeking = false
  /** It was released: its memory is free then. */
  #freeing: Promise<void> | undefined

  constructor(options: ReplicasOptions) {
    this.#options = options
    const { fleet, residency, model } = options
    this.#leave = [
      fleet.subscribe(event => this.#hear(event)),
      residency.watch(model, wake => {
        if (wake === 'asked' && !this.#isPresent()) this.#asked = true
        if (wake !== 'room') void this.#require()
        if (wake === 'first request' || wake === 'room') this.#spread()
      }),
    ]
    for (const member of fleet.members()) this.#arrive(member)
    void this.#require()
    // Where nobody may hold it, nobody will refuse it either.
    if (!fleet.members().some(member => this.#mayHold(member))) this.#judge()
  }

  /** Gives up all replicas and frees their memory, each lane's before its room is another's. */
  release(): Promise<void> {
    // First: a lane that ends with its last model is not lost, and nothing is to be loaded in its place.
    this.#end()
    this.#freeing ??= this.#free()
    return this.#freeing
  }

  /** Gives up all replicas: the dispatcher uses them no more. The models stay in their lanes. */
  stop(): void {
    this.#end()
    for (const copy of this.#copies.values()) {
      if (copy._tag === 'here') copy.stay.end()
      if (copy._tag === 'here' || copy._tag === 'leaving')
        this.#options.dispatcher.removeReplica(this.#options.model, copy.lane.id)
    }
  }

  #end(): void {
    this.#stop.abort()
    for (const leave of this.#leave) leave()
  }

  async #free(): Promise<void> {
    const { dispatcher, fleet, model } = this.#options
    const freeing = [...this.#copies.values()].map(async copy => {
      if (copy._tag !== 'here') return
      // A lane with work of it left would be kept, and its memory with it.
      await dispatcher.drainReplica(model, copy.lane.id)
      await unload(fleet, copy.lane, copy.key)
      copy.stay.end()
    })
    await Promise.all(freeing)
  }

  #hear(event: FleetEvent): void {
    switch (event._tag) {
      case 'up':
        this.#arrive(event.member)
        void this.#require()
        this.#options.residency.changed()
        return
      case 'down':
        this.#forget(event.member.id)
        void this.#require()
        this.#judge()
        return
      case 'gaveUp':
        this.#judge()
        return
      case 'laneLost': {
        const copy = this.#copies.get(event.member.id)
        if (copy?._tag !== 'here' || copy.lane.id !== event.lane) return
        this.#forget(event.member.id)
        this.#arrive(event.member)
        void this.#require()
        return
      }
    }
  }

  #forget(connection: string): void {
    const copy = this.#copies.get(connection)
    if (copy?._tag === 'here') {
      this.#options.dispatcher.removeReplica(this.#options.model, copy.lane.id)
      copy.stay.end()
    }
    this.#copies.delete(connection)
    this.#options.emit({ type: 'replica.gone', connection })
  }

  /** A device that joined is not there for a model that did not opt in: it gets no file, and no request. */
  #mayHold(member: Member): boolean {
    return this.#options.spec.trust === 'any' || member.live.trust === 'own'
  }

  /** Loads it there if that drives nobody away. */
  #arrive(member: Member): void {
    if (!this.#mayHold(member)) return
    const { model, residency } = this.#options
    const order = this.#orderOn(member)
    const place = placeOn(this.#options, member, order)
    if (!place) {
      this.#refuse(member, order.passedOver.join('; '))
      return
    }
    const grant = residency.spare({ model, places: () => [place], leave: this.#unload })
    if (grant._tag === 'granted') void this.#place(member, order, grant.stay)
    // A machine's memory comes and goes.
    else if (grant._tag === 'full' || grant.room.ceiling === 'machine') this.#rest(member, 'no room')
    else this.#refuseAsTooLarge([member], grant)
  }

  /** Where it is wanted and on no lane, others make room for one copy. */
  async #require(): Promise<void> {
    const { model, residency, fleet } = this.#options
    // One that waits for room looks again, and nobody else: this is done for each request.
    if (this.#seeking) residency.lookAgain(model)
    while (!this.#seeking && this.#isMissing()) {
      this.#seeking = true
      // What has come by itself meanwhile drives nobody away.
      const places = () => (this.#isMissing() ? this.#open().map(({ place }) => place) : [])
      const arrival = { model, places, leave: this.#unload }
      const grant = await residency.need(arrival, this.#stop.signal)
      // A moment without memory ends no model that others hold; whoever asks for a first one is told so at once.
      const mayPass = grant._tag === 'tooLarge' && grant.room.ceiling === 'machine' && this.#wasReady
      if (mayPass) await pause(machineWaitMs)
      this.#seeking = false
      if (grant._tag === 'full') return
      if (grant._tag === 'tooLarge') {
        if (!mayPass)
          this.#refuseAsTooLarge(
            this.#open().map(({ member }) => member),
            grant,
          )
        continue
      }
      const member = fleet.members().find(({ id }) => id === grant.stay.page)
      const order = this.#open().find(open => open.member === member)?.order
      if (member && order && grant.stay.isHeld) void this.#place(member, order, grant.stay)
      else grant.stay.end()
    }
  }

  /** While it is in use it comes back to where it was, and there is room again. */
  #spread(): void {
    if (this.#stop.signal.aborted || !this.#options.residency.inUse(this.#options.model)) return
    for (const member of this.#options.fleet.members())
      if (this.#copies.get(member.id)?._tag === 'resting') this.#arrive(member)
  }

  #isMissing(): boolean {
    if (this.#stop.signal.aborted || this.#isPresent()) return false
    return this.#asked || this.#options.residency.inUse(this.#options.model)
  }

  /** On a lane, or on its way to one. */
  #isPresent(): boolean {
    for (const { _tag } of this.#copies.values()) if (_tag === 'coming' || _tag === 'here') return true
    return false
  }

  /** Where it is not, and may come. */
  #open(): { readonly member: Member; readonly order: BackendOrder; readonly place: Place }[] {
    const { fleet } = this.#options
    return fleet.members().flatMap(member => {
      const state = this.#copies.get(member.id)?._tag
      if (!this.#mayHold(member) || (state !== undefined && state !== 'resting' && state !== 'leaving'))
        return []
      const order = this.#orderOn(member)
      const place = placeOn(this.#options, member, order)
      return place ? [{ member, order, place }] : []
    })
  }

  /** The back-ends that may be tried there, in view of where else it is. */
  #orderOn(member: Member): BackendOrder {
    const beside = this.#options.fleet.members().flatMap(other => {
      const copy = this.#copies.get(other.id)
      const backend =
        copy?._tag === 'here' ? copy.lane.backend : copy?._tag === 'coming' ? copy.backend : undefined
      return backend === undefined ? [] : [{ member: other, backend }]
    })
    return orderOn(this.#options, member, beside)
  }

  async #place(member: Member, order: BackendOrder, stay: Stay): Promise<void> {
    const passedOver = [...order.passedOver]
    const tries = [...order.tries]
    let backend = tries.shift()
    this.#copies.set(member.id, { _tag: 'coming', stay, backend })
    let failed = 0
    let lost = 0
    while (backend !== undefined && this.#wanted(member)) {
      try {
        const lane = await this.#options.fleet.lane(member, backend, this.#options.spec.threads)
        if (!this.#wanted(member)) {
          if (this.#stop.signal.aborted) await closeEmpty(this.#options.fleet, lane)
          break
        }
        await this.#load(member, lane, stay, passedOver)
        return
      } catch (error) {
        if (!this.#wanted(member)) break
        if (isBackends(error) && tries.length > 0) {
          passedOver.push(messageOf(error))
          backend = tries.shift()
          continue
        }
        if (error instanceof LaneLost || error instanceof LaneHung) lost++
        else failed++
        if (!isPassing(error) || failed >= loadAttempts || lost >= lanesLost) {
          // Nobody need have asked for this back-end: what cannot be loaded on it may be on the next.
          if (tries.length > 0) {
            passedOver.push(messageOf(error))
            backend = tries.shift()
            failed = 0
            lost = 0
            continue
          }
          stay.end()
          this.#refuse(member, error)
          return
        }
        // It must not keep a program alive whose pool was closed meanwhile.
        await pause(firstWaitMs * 2 ** (failed + lost - 1))
      }
    }
    stay.end()
  }

  async #load(member: Member, lane: Lane, stay: Stay, passedOver: readonly string[]): Promise<void> {
    const { spec, stored, model, dispatcher, preferences } = this.#options
    const { backend } = lane
    this.#tell(member, { _tag: 'loading', backend })
    const key = laneKey(stored, model)
    const loaded = await loadCopy(this.#options, {
      member,
      lane,
      key,
      fault: (memory, outputs) => this.#claimFault(member, outputs) ?? this.#excess(memory),
      onWarming: () => this.#tell(member, { _tag: 'warming', backend }),
    })
    if (loaded._tag === 'unfit') {
      stay.end()
      this.#refuse(member, loaded.cause)
      return
    }
    const { memory, loadMs, warmMs, coldBecause } = loaded
    if (!this.#wanted(member)) {
      // Released while it was loading: nobody else will ask for it to be unloaded here.
      await unload(this.#options.fleet, lane, key)
      stay.end()
      return
    }
    const software = lane.adapter?.software === true
    const named = { browser: member.browser.kind, backend: lane.backend, software }
    const { rank, reason } = lanePreference(spec.type, named, preferences)
    this.#copies.set(member.id, { _tag: 'here', stay, lane, key })
    this.#asked = false
    this.#wasReady = true
    this.#tell(member, {
      _tag: 'ready',
      backend: lane.backend,
      loadMs,
      warmMs,
      ...(coldBecause === undefined ? {} : { coldBecause }),
      memory,
      passedOver,
    })
    dispatcher.addReplica({
      model,
      modelKey: key,
      lane,
      connection: member.id,
      browser: member.browser,
      trust: member.live.trust,
      preference: rank,
      preferred: reason,
      warm: warmMs !== undefined,
      batching: this.#options.batching,
    })
    stay.settle(memory.bytes, Math.max(leastTurnMs, turnPerLoad * (loadMs + (warmMs ?? 0))))
  }

  /** Makes room: nothing more is given to it there, and what it has is done before it goes. */
  readonly #unload = async (connection: string, why: RestReason): Promise<void> => {
    if (this.#freeing) return this.#freeing
    const { dispatcher, fleet, model } = this.#options
    const copy = this.#copies.get(connection)
    if (copy?._tag !== 'here') return
    const { lane, key } = copy
    const leaving: Copy = { _tag: 'leaving', lane, key }
    this.#copies.set(connection, leaving)
    await dispatcher.drainReplica(model, lane.id)
    await unload(fleet, lane, key)
    const member = fleet.members().find(({ id }) => id === connection)
    if (member && this.#copies.get(connection) === leaving) this.#rest(member, why)
  }

  #rest(member: Member, why: RestReason | 'no room'): void {
    // What had it rest is still the reason.
    if (this.#copies.get(member.id)?._tag === 'resting') return
    this.#copies.set(member.id, { _tag: 'resting' })
    this.#tell(member, { _tag: 'unloaded', why })
  }

  #claimFault(member: Member, outputs: readonly ValueMetadata[]): string | undefined {
    const { stored, signature } = this.#options
    if (member.live.trust === 'own' || stored.kind !== 'graph') return undefined
    return claimFault(outputs, signature)
  }

  /** Too much after all, now that it was measured. */
  #excess(memory: Footprint): ModelTooLarge | undefined {
    const room = this.#options.residency.beyond(memory.bytes)
    return room && tooLarge(this.#options.spec.name, memory, room)
  }

  #wanted(member: Member): boolean {
    return !this.#stop.signal.aborted && this.#options.fleet.isUp(member)
  }

  #tell(member: Member, state: ReplicaState): void {
    if (this.#wanted(member)) this.#options.emit({ type: 'replica', connection: member.id, state })
  }

  #refuse(member: Member, cause: unknown): void {
    this.#copies.set(member.id, { _tag: 'refused', cause })
    this.#tell(member, { _tag: 'refused', reason: messageOf(cause) })
    void this.#require()
    this.#judge()
  }

  #refuseAsTooLarge(members: readonly Member[], { room }: Extract<Grant, { _tag: 'tooLarge' }>): void {
    for (const member of members) {
      const [backend] = this.#orderOn(member).tries
      if (backend)
        this.#refuse(member, tooLarge(this.#options.spec.name, predicted(this.#options, backend), room))
    }
  }

  /** Whether any connection, up or on its way, may still hold the model. */
  #judge(): void {
    const { spec, fleet, emit, starting } = this.#options
    const refusals = [...this.#copies.values()].flatMap(copy => (copy._tag === 'refused' ? [copy.cause] : []))
    const others = fleet
      .members()
      .some(other => this.#mayHold(other) && this.#copies.get(other.id)?._tag !== 'refused')
    if (this.#stop.signal.aborted || others || starting(spec.trust) > 0) return
    emit({ type: 'hopeless', error: unplaceable(spec, refusals) })
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms).unref()
  })
}
