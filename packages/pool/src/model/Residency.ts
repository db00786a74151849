// Which models are on which pages, and who has to go for whom: it counts uses, grants room, has the least recently used
// leave where there is none, and those that nobody has used for long. What goes first is decided in evict.ts; loading and
// unloading is done by each model's Replicas.

import { NearestTimer } from '../admission/NearestTimer.ts'
import { firstToGo, type MemoryCeilings, type Occupant, type Room, roomFor } from './evict.ts'

export interface ResidencyOptions {
  readonly now: () => number
  /** Bytes of models: on one page, and on all. */
  readonly ceilings: Pick<MemoryCeilings, 'perPage' | 'total'>
  /** A model that nobody has used for so long is unloaded, in milliseconds; undefined: never. */
  readonly idleUnloadMs: number | undefined
  /** Above this share of the machine's memory (0–1) models that are not used go. */
  readonly pressureShare: number
}

/** Why a model was unloaded, though it is still held. */
export type RestReason = 'unused' | 'room for others' | 'memory pressure'

export interface Place {
  readonly page: string
  readonly bytes: number
  /** What that page has for models, where it is less than `perPage`. */
  readonly pageLimit?: number
}

export interface Arrival {
  readonly model: string
  /** Where it may come, asked anew each time that something has changed. */
  readonly places: () => readonly Place[]
  /** Unloads it there; resolves when its room is free, and never rejects. */
  readonly leave: (page: string, why: RestReason) => Promise<void>
}

/** A model's place on a page, from when it was granted. */
export interface Stay {
  readonly page: string
  /** Its page is still there. One that came back under the same name is another. */
  readonly isHeld: boolean
  /** It is loaded, takes so many bytes, and keeps its place for at least so long, in milliseconds, while it is in use. */
  settle(bytes: number, turnMs: number): void
  /** It is gone from there. */
  end(): void
}

export type Grant =
  | { readonly _tag: 'granted'; readonly stay: Stay }
  | { readonly _tag: 'full' }
  | { readonly _tag: 'tooLarge'; readonly place: Place; readonly room: Extract<Room, { _tag: 'never' }> }

/**
 * Why a model hears of itself: a request came, the first one after a while without any; it was asked for by name; room has
 * become free that nobody waits for.
 */
export type Wake = 'request' | 'first request' | 'asked' | 'room'
export type Waker = (wake: Wake) => void

interface Resident {
  readonly model: string
  readonly page: string
  readonly leave: Arrival['leave']
  bytes: number
  state: Occupant['state']
  stayUntil: number
  /** Its room is free; where it is leaving. */
  left?: Promise<void>
}

interface MachineMemory {
  readonly usedBytes: number
  readonly limitBytes: number
}

interface Use {
  open: number
  lastAt: number
}

interface Waiting {
  readonly arrival: Arrival
  readonly signal: AbortSignal
  readonly grant: (grant: Grant) => void
}

/** Under memory pressure: how long a model must have been unused, and how soon the next one goes. */
const pressureMs = 10_000

export class Residency {
  readonly #options: ResidencyOptions
  readonly #residents = new Set<Resident>()
  readonly #uses = new Map<string, Use>()
  readonly #wakers = new Map<string, Waker>()
  readonly #waiting: Waiting[] = []
  readonly #turns: NearestTimer
  readonly #idle: NearestTimer
  #machineFree: number | undefined
  /** Bytes of models that have come, ever. */
  #arrived = 0
  #readings = 0
  /** The latest reading of the machine, and what had come when it was begun. */
  #read = { nth: 0, arrived: 0 }
  #relievedAt = Number.NEGATIVE_INFINITY

  constructor(options: ResidencyOptions) {
    this.#options = options
    this.#turns = new NearestTimer(options.now, () => this.#look())
    this.#idle = new NearestTimer(options.now, () => this.#unloadIdle())
  }

  /** A request of the model was accepted. */
  began(model: string): void {
    const use = this.#useOf(model)
    use.open++
    use.lastAt = this.#options.now()
    this.#wakers.get(model)?.(use.open === 1 ? 'first request' : 'request')
  }

  /** It has ended. */
  ended(model: string): void {
    const use = this.#useOf(model)
    use.open--
    use.lastAt = this.#options.now()
    if (use.open > 0) return
    this.#armIdle(use)
    if (this.#waiting.length > 0) this.#look()
  }

  /** Somebody wants the model ready, though there is no request yet. */
  asked(model: string): void {
    this.#wakers.get(model)?.('asked')
  }

  /** Tells whenever the model is wanted, until it is left. */
  watch(model: string, waker: Waker): () => void {
    this.#wakers.set(model, waker)
    return () => {
      if (this.#wakers.get(model) === waker) this.#wakers.delete(model)
    }
  }

  inUse(model: string): boolean {
    return (this.#uses.get(model)?.open ?? 0) > 0
  }

  /** Models and what they take, by page. */
  list(): readonly Occupant[] {
    return [...this.#residents].map(resident => this.#occupant(resident))
  }

  /** Room where there is some already that nobody waits for, and nobody has to go. */
  spare({ model, places, leave }: Arrival): Grant {
    const { now } = this.#options
    let tooLarge: Grant | undefined
    if (this.#isAwaited(model)) return { _tag: 'full' }
    for (const place of places()) {
      const need = { model, ...place, urgency: 'spare' as const }
      const room = roomFor(need, this.list(), this.#ceilings(), now())
      if (room._tag === 'free') return { _tag: 'granted', stay: this.#admit(model, place, leave) }
      if (room._tag === 'never') tooLarge ??= { _tag: 'tooLarge', place, room }
    }
    return tooLarge ?? { _tag: 'full' }
  }

  /**
   * Room on the best of its places, whoever has to go: granted in the order in which it was asked for. `full` where the
   * signal ends the wait.
   */
  async need(arrival: Arrival, signal: AbortSignal): Promise<Grant> {
    const { promise, resolve } = Promise.withResolvers<Grant>()
    const waiting: Waiting = { arrival, signal, grant: resolve }
    this.#waiting.push(waiting)
    const giveUp = () => {
      this.#drop(waiting)
      resolve({ _tag: 'full' })
    }
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    else this.#look()
    const grant = await promise
    signal.removeEventListener('abort', giveUp)
    return grant
  }

  /** The ceiling that a model of so many bytes is above by itself. */
  beyond(bytes: number): Extract<Room, { _tag: 'never' }> | undefined {
    const { perPage, total } = this.#options.ceilings
    if (bytes > perPage) return { _tag: 'never', ceiling: 'page', freeBytes: perPage }
    return bytes > total ? { _tag: 'never', ceiling: 'total', freeBytes: total } : undefined
  }

  /** Something has changed for this model alone: where it waits for room, it may find some now. */
  lookAgain(model: string): void {
    const waiting = this.#waiting.find(({ arrival }) => arrival.model === model)
    if (waiting) this.#seek(waiting)
  }

  /** Places have come or gone: whoever waits may find one now. */
  changed(): void {
    if (this.#waiting.length > 0) this.#look()
    if (this.#isAwaited(undefined)) return
    for (const wake of [...this.#wakers.values()]) wake('room')
  }

  /** The page is gone, and all that was on it. */
  pageGone(page: string): void {
    for (const resident of this.#residents) if (resident.page === page) this.#residents.delete(resident)
    this.changed()
  }

  /** The model is gone for good. What of it is still coming or leaving ends its stay by itself. */
  forget(model: string): void {
    this.#uses.delete(model)
    for (const resident of this.#residents)
      if (resident.model === model && resident.state === 'here') this.#residents.delete(resident)
    this.changed()
  }

  /** The machine is about to be read; tell what was read. What comes meanwhile is not in it. */
  reading(): (memory: MachineMemory) => void {
    const begun = { nth: ++this.#readings, arrived: this.#arrived }
    return memory => {
      // An older one may end later.
      if (begun.nth < this.#read.nth) return
      this.#read = begun
      this.#machine(memory)
    }
  }

  #machine({ usedBytes, limitBytes }: MachineMemory): void {
    this.#machineFree = Math.max(0, limitBytes - usedBytes)
    const now = this.#options.now()
    if (usedBytes > this.#options.pressureShare * limitBytes && now - this.#relievedAt >= pressureMs) {
      const first = firstToGo(this.list(), now - pressureMs)
      if (first) {
        this.#relievedAt = now
        this.#send(first, 'memory pressure')
      }
    }
    this.changed()
  }

  /** Ends its timers. */
  close(): void {
    this.#turns.disarm()
    this.#idle.disarm()
  }

  /** Whether another model waits for room. One that waits for a page to come keeps nobody from those that are there. */
  #isAwaited(model: string | undefined): boolean {
    return this.#waiting.some(({ arrival }) => arrival.model !== model && arrival.places().length > 0)
  }

  #useOf(model: string): Use {
    const known = this.#uses.get(model)
    if (known) return known
    const use: Use = { open: 0, lastAt: this.#options.now() }
    this.#uses.set(model, use)
    return use
  }

  #occupant({ model, page, bytes, state, stayUntil }: Resident): Occupant {
    const use = this.#uses.get(model)
    return { model, page, bytes, state, uses: use?.open ?? 0, lastUsedAt: use?.lastAt ?? 0, stayUntil }
  }

  /** Grants what can be granted. Whoever waits longest looks first; one that cannot come yet holds up nobody else. */
  #look(): void {
    for (const waiting of [...this.#waiting]) this.#seek(waiting)
  }

  #seek(waiting: Waiting): void {
    const { model, places, leave } = waiting.arrival
    const best = this.#bestOf(model, places())
    if (best === undefined) return
    const { place, room } = best
    switch (room._tag) {
      case 'never':
        this.#drop(waiting)
        waiting.grant({ _tag: 'tooLarge', place, room })
        return
      case 'wait':
        if (room.until !== undefined) this.#turns.arm(room.until)
        return
      case 'free':
        this.#drop(waiting)
        waiting.grant({ _tag: 'granted', stay: this.#admit(model, place, leave) })
        return
      case 'evict': {
        this.#drop(waiting)
        // Taken before they have gone, so that nobody else takes it.
        const stay = this.#admit(model, place, leave)
        const gone = [
          ...room.victims.map(victim => this.#send(victim, 'room for others')),
          ...room.leaving.map(one => this.#left(one)),
        ]
        void Promise.all(gone).then(() => {
          // Nobody hears of the grant any more, so nobody else would end the stay.
          if (waiting.signal.aborted) stay.end()
          else if (stay.isHeld) waiting.grant({ _tag: 'granted', stay })
          else this.#again(waiting)
        })
        return
      }
    }
  }

  #bestOf(
    model: string,
    places: readonly Place[],
  ): { readonly place: Place; readonly room: Room } | undefined {
    const { now } = this.#options
    const occupants = this.list()
    const options = places.map(place => ({
      place,
      room: roomFor({ model, ...place, urgency: 'needed' }, occupants, this.#ceilings(), now()),
    }))
    const costs = options.map(option => ({ option, ...costOf(option.room) }))
    return costs.toSorted((a, b) => a.rank - b.rank || a.at - b.at)[0]?.option
  }

  #ceilings(): MemoryCeilings {
    return {
      ...this.#options.ceilings,
      machineFree: this.#machineFree,
      unread: this.#arrived - this.#read.arrived,
    }
  }

  #admit(model: string, { page, bytes }: Place, leave: Arrival['leave']): Stay {
    const resident: Resident = { model, page, bytes, leave, state: 'coming', stayUntil: 0 }
    this.#residents.add(resident)
    const isHeld = () => this.#residents.has(resident)
    return {
      page,
      get isHeld() {
        return isHeld()
      },
      settle: (measured, turnMs) => {
        const { now } = this.#options
        const use = this.#useOf(model)
        resident.bytes = measured
        // No longer promised, and in no reading yet.
        if (resident.state === 'coming') this.#arrived += measured
        resident.state = 'here'
        resident.stayUntil = now() + turnMs
        if (use.open === 0) {
          // It was asked for just now, though not by a request.
          use.lastAt = now()
          this.#armIdle(use)
        }
        this.changed()
      },
      end: () => {
        if (this.#residents.delete(resident)) this.changed()
      },
    }
  }

  /** Has it leave; resolves when it has. */
  async #send({ model, page }: Pick<Occupant, 'model' | 'page'>, why: RestReason): Promise<void> {
    const resident = [...this.#residents].find(
      one => one.model === model && one.page === page && one.state === 'here',
    )
    if (!resident) return
    resident.state = 'leaving'
    resident.left = resident.leave(page, why)
    await resident.left
    if (!this.#residents.delete(resident)) return
    this.changed()
    // What came for it while it was leaving.
    if (this.inUse(model)) this.#wakers.get(model)?.('request')
  }

  /** Resolves when it has left, for whomever it leaves. */
  async #left({ model, page }: Occupant): Promise<void> {
    const leaving = [...this.#residents].filter(one => one.model === model && one.page === page)
    await Promise.all(leaving.map(({ left }) => left))
  }

  #armIdle({ lastAt }: Use): void {
    const { idleUnloadMs } = this.#options
    if (idleUnloadMs !== undefined) this.#idle.arm(lastAt + idleUnloadMs)
  }

  #unloadIdle(): void {
    const { idleUnloadMs, now } = this.#options
    if (idleUnloadMs === undefined) return
    for (const resident of [...this.#residents]) {
      const use = this.#useOf(resident.model)
      if (resident.state !== 'here' || use.open > 0) continue
      if (now() - use.lastAt >= idleUnloadMs) void this.#send(resident, 'unused')
      else this.#armIdle(use)
    }
  }

  /** Its page went while others made room there. */
  #again(waiting: Waiting): void {
    this.#waiting.unshift(waiting)
    this.#look()
  }

  #drop(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting)
    if (at >= 0) this.#waiting.splice(at, 1)
  }
}

/** The sooner it comes and the less it disturbs, the smaller; `at` decides within a rank. */
function costOf(room: Room): { readonly rank: number; readonly at: number } {
  switch (room._tag) {
    case 'free':
      return { rank: 0, at: 0 }
    case 'evict':
      return {
        rank: room.victims.some(({ uses }) => uses > 0) ? 2 : 1,
        at: Math.max(...room.victims.map(({ lastUsedAt }) => lastUsedAt)),
      }
    case 'wait':
      return { rank: 3, at: room.until ?? 0 }
    case 'never':
      return { rank: 4, at: 0 }
  }
}
