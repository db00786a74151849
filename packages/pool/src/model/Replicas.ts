// One model's copies on the connections that may hold it: has it come where a connection comes up and there is room, where
// it is used and has no copy, and again where a lane was lost; and leave where it must make room. What the copies are is
// Copies.ts's, how one is loaded placeCopy.ts's. It chooses no lane for a request, and does not decide who must make room
// (evict.ts does).

import type { ValueMetadata } from '@shoal/browser-bridge'
import type { ModelSignature } from '@shoal/onnx'
import type { Dispatcher } from '../Dispatcher.ts'
import type { ModelTooLarge } from '../errors.ts'
import type { FleetEvent, Member } from '../fleet/Fleet.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'
import type { PerformanceHistory } from '../PerformanceHistory.ts'
import { type BrowserPreferences, lanePreference } from '../routing/preferences.ts'
import { Copies } from './Copies.ts'
import { claimFault } from './claimFault.ts'
import type { Footprint } from './LoadFactors.ts'
import type { LoadOptions } from './loadCopy.ts'
import { orderOn, placeOn, predicted } from './memberPlace.ts'
import type { ModelEvent } from './model.machine.ts'
import { pause } from './pause.ts'
import { type Placed, type Placing, placeCopy } from './placeCopy.ts'
import type { BackendOrder } from './placement.ts'
import type { Grant, Place, Residency, RestReason, Stay } from './Residency.ts'
import { tooLarge, unplaceable } from './refusals.ts'
import { unload } from './unload.ts'

/** Until a machine that had no memory left is asked again, in milliseconds. */
const machineWaitMs = 1000

/** A copy in use keeps its place for so long, and for so many times what its load took: at most a fifth is spent loading. */
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

/** How it stands with being asked for by name; `met`: it has been ready since. */
type Claim = 'first' | 'met' | 'again'

type Life =
  /** No room is waited for: there is a copy, or none is missed. */
  | { readonly _tag: 'settled' }
  /** It waits for room for one. */
  | { readonly _tag: 'seeking' }
  /** No copy comes any more; those there are stay in their lanes. */
  | { readonly _tag: 'stopped' }
  /** No copy comes any more, and their memory is free then. */
  | { readonly _tag: 'freeing'; readonly freed: Promise<void> }

export class Replicas {
  readonly #options: ReplicasOptions
  readonly #copies: Copies
  readonly #leave: (() => void)[]
  /** Ends the wait for room. */
  readonly #end = new AbortController()
  #life: Life = { _tag: 'settled' }
  #claim: Claim = 'first'

  constructor(options: ReplicasOptions) {
    this.#options = options
    const { fleet, residency, model, dispatcher, emit } = options
    this.#copies = new Copies({ model, dispatcher, emit, isWanted: member => this.#isWanted(member) })
    this.#leave = [
      fleet.subscribe(event => this.#hear(event)),
      residency.watch(model, wake => {
        // One that is on its way may never come, and then nobody else would miss it.
        if (wake === 'asked' && this.#claim === 'met' && this.#copies.here().length === 0)
          this.#claim = 'again'
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
    if (this.#life._tag === 'freeing') return this.#life.freed
    // First: a lane that ends with its last model is not lost, and nothing is to be loaded in its place.
    this.#over({ _tag: 'stopped' })
    const freed = this.#free()
    this.#life = { _tag: 'freeing', freed }
    return freed
  }

  /** Gives up all replicas: the dispatcher uses them no more. The models stay in their lanes. */
  stop(): void {
    if (this.#life._tag !== 'freeing') this.#over({ _tag: 'stopped' })
    this.#copies.giveUp()
  }

  #over(life: Life): void {
    this.#life = life
    this.#end.abort()
    for (const leave of this.#leave) leave()
  }

  get #isOver(): boolean {
    return this.#life._tag === 'stopped' || this.#life._tag === 'freeing'
  }

  async #free(): Promise<void> {
    const { dispatcher, fleet, model } = this.#options
    const freeing = this.#copies.here().map(async ({ lane, key, stay }) => {
      // A lane with work of it left would be kept, and its memory with it.
      await dispatcher.drainReplica(model, lane.id)
      await unload(fleet, lane, key)
      stay.end()
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
        this.#copies.forget(event.member.id)
        void this.#require()
        this.#judge()
        return
      case 'gaveUp':
        this.#judge()
        return
      case 'laneLost': {
        const copy = this.#copies.on(event.member.id)
        if (copy?._tag !== 'here' || copy.lane.id !== event.lane) return
        this.#copies.forget(event.member.id)
        this.#arrive(event.member)
        void this.#require()
        return
      }
    }
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
    else if (grant._tag === 'full' || grant.room.ceiling === 'machine') this.#copies.rests(member, 'no room')
    else this.#refuseAsTooLarge([member], grant)
  }

  /** Where it is wanted and on no lane, others make room for one copy. */
  async #require(): Promise<void> {
    const { model, residency } = this.#options
    // One that waits for room looks again, and nobody else: this is done for each request.
    if (this.#life._tag === 'seeking') residency.lookAgain(model)
    while (this.#life._tag === 'settled' && this.#isMissing()) {
      this.#life = { _tag: 'seeking' }
      const grant = await this.#seek()
      this.#endSeeking()
      if (grant._tag === 'full') return
      if (grant._tag === 'granted') this.#take(grant.stay)
      else if (grant._tag === 'tooLarge') {
        const open = this.#open().map(({ member }) => member)
        this.#refuseAsTooLarge(open, grant)
      }
    }
  }

  /** `later`: the machine had no memory left a moment ago. */
  async #seek(): Promise<Grant | { readonly _tag: 'later' }> {
    const { model, residency } = this.#options
    // What has come by itself meanwhile drives nobody away.
    const places = () => (this.#isMissing() ? this.#open().map(({ place }) => place) : [])
    const grant = await residency.need({ model, places, leave: this.#unload }, this.#end.signal)
    // A moment without memory ends no model that others hold; whoever asks for a first one is told so at once.
    if (grant._tag !== 'tooLarge' || grant.room.ceiling !== 'machine' || this.#claim === 'first') return grant
    await pause(machineWaitMs)
    return { _tag: 'later' }
  }

  /** The wait is over, one way or another, unless all is. */
  #endSeeking(): void {
    if (this.#life._tag === 'seeking') this.#life = { _tag: 'settled' }
  }

  /** Takes the place that was granted, where it may still come there. */
  #take(stay: Stay): void {
    const open = this.#open().find(({ member }) => member.id === stay.page)
    if (open && stay.isHeld) void this.#place(open.member, open.order, stay)
    else stay.end()
  }

  /** While it is in use it comes back to where it was, and there is room again. */
  #spread(): void {
    if (this.#isOver || !this.#options.residency.inUse(this.#options.model)) return
    for (const member of this.#options.fleet.members())
      if (this.#copies.on(member.id)?._tag === 'resting') this.#arrive(member)
  }

  #isMissing(): boolean {
    if (this.#isOver || this.#copies.isPresent()) return false
    return this.#claim !== 'met' || this.#options.residency.inUse(this.#options.model)
  }

  /** Where it is not, and may come. */
  #open(): { readonly member: Member; readonly order: BackendOrder; readonly place: Place }[] {
    const { fleet } = this.#options
    return fleet.members().flatMap(member => {
      const state = this.#copies.on(member.id)?._tag
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
      const backend = this.#copies.backendOn(other.id)
      return backend === undefined ? [] : [{ member: other, backend }]
    })
    return orderOn(this.#options, member, beside)
  }

  async #place(member: Member, order: BackendOrder, stay: Stay): Promise<void> {
    this.#copies.comes(member, stay, order.tries[0])
    const placed = await placeCopy(this.#options, {
      model: this.#options.model,
      member,
      order,
      standing: () => this.#standing(member),
      fault: (memory, outputs) => this.#claimFault(member, outputs) ?? this.#excess(memory),
      tell: state => this.#copies.tell(member, state),
    })
    if (placed._tag === 'loaded' && this.#isWanted(member)) {
      this.#stand(member, stay, placed)
      return
    }
    // Given up while it was loading: nobody else will ask for it to be unloaded here.
    if (placed._tag === 'loaded') await unload(this.#options.fleet, placed.lane, placed.key)
    stay.end()
    if (placed._tag === 'refused' && this.#isWanted(member)) this.#refuse(member, placed.cause)
  }

  #stand(member: Member, stay: Stay, placed: Extract<Placed, { _tag: 'loaded' }>): void {
    const { spec, model, preferences, batching } = this.#options
    const { lane, key, passedOver } = placed
    const { memory, loadMs, warmMs, coldBecause } = placed.loaded
    const { backend } = lane
    const named = { browser: member.browser.kind, backend, software: lane.adapter?.software === true }
    const { rank, reason } = lanePreference(spec.type, named, preferences)
    this.#claim = 'met'
    const replica = {
      model,
      modelKey: key,
      lane,
      connection: member.id,
      browser: member.browser,
      trust: member.live.trust,
      preference: rank,
      preferred: reason,
      warm: warmMs !== undefined,
      batching,
    }
    const cold = coldBecause === undefined ? {} : { coldBecause }
    const state = { _tag: 'ready', backend, loadMs, warmMs, ...cold, memory, passedOver } as const
    this.#copies.stands(member, stay, replica, state)
    stay.settle(memory.bytes, Math.max(leastTurnMs, turnPerLoad * (loadMs + (warmMs ?? 0))))
  }

  /** Makes room: nothing more is given to it there, and what it has is done before it goes. */
  readonly #unload = async (connection: string, why: RestReason): Promise<void> => {
    if (this.#life._tag === 'freeing') return this.#life.freed
    const { dispatcher, fleet, model } = this.#options
    const leaving = this.#copies.leaves(connection)
    if (leaving === undefined) return
    await dispatcher.drainReplica(model, leaving.lane.id)
    await unload(fleet, leaving.lane, leaving.key)
    const member = fleet.members().find(({ id }) => id === connection)
    if (member && this.#copies.on(connection) === leaving) this.#copies.rests(member, why)
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

  #standing(member: Member): ReturnType<Placing['standing']> {
    if (this.#isOver) return 'given up'
    return this.#options.fleet.isUp(member) ? 'wanted' : 'gone'
  }

  #isWanted(member: Member): boolean {
    return this.#standing(member) === 'wanted'
  }

  #refuse(member: Member, cause: unknown): void {
    this.#copies.refuse(member, cause)
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
    const others = fleet
      .members()
      .some(other => this.#mayHold(other) && this.#copies.on(other.id)?._tag !== 'refused')
    if (this.#isOver || others || starting(spec.trust) > 0) return
    emit({ type: 'hopeless', error: unplaceable(spec, this.#copies.refusals()) })
  }
}
