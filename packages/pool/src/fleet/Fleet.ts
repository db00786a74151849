// The connections that are up, and the lanes opened on them: the hot picture of what can infer now. The tree's
// connections report here and whoever subscribed is told. It starts and restarts nothing (the supervision tree
// does) and gives no work (the dispatcher does).

import type { Backend, BrowserKind, Lane, LiveConnection, Trust } from '@shoal/browser-bridge'

/** Kinds that are launched here, and those that only ever join. */
export type AnyBrowser = BrowserKind | 'safari' | 'opera' | 'other'

/** The browser that a connection lives in: its name in the pool, and what it is. A device that joined is one, too. */
export interface BrowserName {
  readonly id: string
  readonly kind: AnyBrowser
  readonly version: string
}

/** One incarnation of a connection: after a reload or a reconnect it is another one with the same id. */
export interface Member {
  readonly id: string
  readonly browser: BrowserName
  readonly live: LiveConnection
}

type LaneEnd = Awaited<Lane['lost']>

export type FleetEvent =
  | { readonly _tag: 'up'; readonly member: Member }
  | { readonly _tag: 'down'; readonly member: Member }
  /** A browser was given up: connections that were on their way are not coming. */
  | { readonly _tag: 'gaveUp' }
  /** A lane was opened. */
  | { readonly _tag: 'laneUp'; readonly member: Member; readonly lane: string; readonly backend: Backend }
  /** A lane ended while its connection lives on: by itself, or, where there is no `end`, because it was closed. */
  | {
      readonly _tag: 'laneLost'
      readonly member: Member
      readonly lane: string
      readonly backend: Backend
      readonly end: LaneEnd | undefined
    }

export class Fleet {
  readonly #members = new Map<string, Member>()
  /** By connection, then by back-end and threads. */
  readonly #lanes = new Map<string, Map<string, Promise<Lane>>>()
  readonly #listeners = new Set<(event: FleetEvent) => void>()
  readonly #closed = new WeakSet<Lane>()
  readonly #threads: number

  /** @param threads WASM threads of each lane */
  constructor(threads: number) {
    this.#threads = threads
  }

  up(live: LiveConnection, browser: BrowserName): void {
    this.down(live.id)
    const member: Member = { id: live.id, browser, live }
    this.#members.set(live.id, member)
    this.#tell({ _tag: 'up', member })
  }

  down(id: string): void {
    const member = this.#members.get(id)
    if (!member) return
    this.#members.delete(id)
    this.#lanes.delete(id)
    this.#tell({ _tag: 'down', member })
  }

  gaveUp(): void {
    this.#tell({ _tag: 'gaveUp' })
  }

  members(trust?: Trust): readonly Member[] {
    const all = [...this.#members.values()]
    return trust === undefined ? all : all.filter(({ live }) => live.trust === trust)
  }

  /** Whether this very incarnation of the connection is still up. */
  isUp(member: Member): boolean {
    return this.#members.get(member.id) === member
  }

  subscribe(listener: (event: FleetEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * The connection's lane on this back-end, opened by whoever asks first and shared by all its models.
   * @param wanted WASM threads, where a model asks for another number of them than the others
   */
  lane(member: Member, backend: Backend, wanted?: number): Promise<Lane> {
    const lanes = this.#lanes.get(member.id) ?? new Map<string, Promise<Lane>>()
    this.#lanes.set(member.id, lanes)
    const { capabilities } = member.live
    const threads = Math.max(1, Math.min(wanted ?? this.#threadsOn(member), capabilities.threads))
    const key = `${backend} ${threads}`
    const known = lanes.get(key)
    if (known) return known
    // A page that came back after its socket dropped has kept its lanes, with the models on them.
    const kept = member.live.lanes.find(lane => lane.backend === backend && lane.threads === threads)
    const opening = kept ? Promise.resolve(kept) : member.live.openLane(backend, threads)
    lanes.set(key, opening)
    const forget = () => {
      if (lanes.get(key) === opening) lanes.delete(key)
    }
    opening.then(async lane => {
      this.#tell({ _tag: 'laneUp', member, lane: lane.id, backend })
      const end = await lane.lost
      forget()
      if (!this.isUp(member)) return
      this.#tell({
        _tag: 'laneLost',
        member,
        lane: lane.id,
        backend,
        end: this.#closed.has(lane) ? undefined : end,
      })
    }, forget)
    return opening
  }

  /** Ends a lane that nobody needs any more. */
  close(lane: Lane): void {
    this.#closed.add(lane)
    lane.close()
  }

  /** A device has its own cores, and keeps one for its user. */
  #threadsOn({ live }: Member): number {
    return live.trust === 'own' ? this.#threads : Math.max(1, live.capabilities.threads - 1)
  }

  #tell(event: FleetEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}
