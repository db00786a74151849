// The connections that are up, and the lanes opened on them: the hot picture of what can infer now. The tree's
// connections report here and whoever subscribed is told. It starts and restarts nothing (the supervision tree
// does) and gives no work (the dispatcher does).

import type { Backend, BrowserKind, Lane, LiveConnection } from '@shoal/browser-bridge'

/** One incarnation of a connection: after a reload or a reconnect it is another one with the same id. */
export interface Member {
  readonly id: string
  readonly browser: { readonly kind: BrowserKind; readonly version: string }
  readonly live: LiveConnection
}

export type FleetEvent =
  | { readonly _tag: 'up'; readonly member: Member }
  | { readonly _tag: 'down'; readonly member: Member }
  /** A lane ended while its connection lives on: hung and terminated, crashed, or closed. */
  | { readonly _tag: 'laneLost'; readonly member: Member; readonly lane: string }

export class Fleet {
  readonly #members = new Map<string, Member>()
  readonly #lanes = new Map<string, Promise<Lane>>()
  readonly #listeners = new Set<(event: FleetEvent) => void>()
  readonly #threads: number

  /** @param threads WASM threads of each lane */
  constructor(threads: number) {
    this.#threads = threads
  }

  up(live: LiveConnection, browser: Member['browser']): void {
    this.down(live.id)
    const member: Member = { id: live.id, browser, live }
    this.#members.set(live.id, member)
    this.#tell({ _tag: 'up', member })
  }

  down(id: string): void {
    const member = this.#members.get(id)
    if (!member) return
    this.#members.delete(id)
    for (const key of this.#lanes.keys()) if (key.startsWith(`${id} `)) this.#lanes.delete(key)
    this.#tell({ _tag: 'down', member })
  }

  members(): readonly Member[] {
    return [...this.#members.values()]
  }

  /** Whether this very incarnation of the connection is still up. */
  isUp(member: Member): boolean {
    return this.#members.get(member.id) === member
  }

  subscribe(listener: (event: FleetEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The connection's lane on this back-end, opened by whoever asks first and shared by all its models. */
  lane(member: Member, backend: Backend): Promise<Lane> {
    const key = `${member.id} ${backend}`
    const known = this.#lanes.get(key)
    if (known) return known
    // A page that came back after its socket dropped has kept its lanes, with the models on them.
    const kept = member.live.lanes.find(lane => lane.backend === backend)
    const opening = kept ? Promise.resolve(kept) : member.live.openLane(backend, this.#threads)
    this.#lanes.set(key, opening)
    const forget = () => {
      if (this.#lanes.get(key) === opening) this.#lanes.delete(key)
    }
    opening.then(async lane => {
      await lane.lost
      forget()
      if (this.isUp(member)) this.#tell({ _tag: 'laneLost', member, lane: lane.id })
    }, forget)
    return opening
  }

  #tell(event: FleetEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}
