// One model's copies, by connection: each in one state, which the model's machine is told, and given work by the dispatcher
// while it is here. It loads and unloads nothing, and does not choose where a copy comes or who must go.

import type { Backend, Lane } from '@shoal/browser-bridge'
import type { Dispatcher } from '../Dispatcher.ts'
import type { Member } from '../fleet/Fleet.ts'
import type { Replica } from '../Replica.ts'
import { messageOf } from './loadErrors.ts'
import type { ModelEvent, ReplicaState } from './model.machine.ts'
import type { RestReason, Stay } from './Residency.ts'

/** The model on one connection. */
export type Copy =
  | { readonly _tag: 'coming'; readonly stay: Stay; readonly backend: Backend | undefined }
  | { readonly _tag: 'here'; readonly stay: Stay; readonly lane: Lane; readonly key: string }
  | { readonly _tag: 'leaving'; readonly lane: Lane; readonly key: string }
  | { readonly _tag: 'resting' }
  | { readonly _tag: 'refused'; readonly cause: unknown }

export type Here = Extract<Copy, { _tag: 'here' }>
export type LeavingCopy = Extract<Copy, { _tag: 'leaving' }>

export interface CopiesOptions {
  readonly model: string
  readonly dispatcher: Dispatcher
  readonly emit: (event: ModelEvent) => void
  /** Whether a copy there is still of use: else nobody is told of it. */
  readonly isWanted: (member: Member) => boolean
}

export class Copies {
  readonly #options: CopiesOptions
  readonly #copies = new Map<string, Copy>()

  constructor(options: CopiesOptions) {
    this.#options = options
  }

  /** undefined where nothing is known of it there. */
  on(connection: string): Copy | undefined {
    return this.#copies.get(connection)
  }

  /** Whether one is on a lane, or on its way to one. */
  isPresent(): boolean {
    for (const { _tag } of this.#copies.values()) if (_tag === 'coming' || _tag === 'here') return true
    return false
  }

  here(): readonly Here[] {
    return [...this.#copies.values()].filter(copy => copy._tag === 'here')
  }

  /** Why it is refused where it is. */
  refusals(): readonly unknown[] {
    return [...this.#copies.values()].flatMap(copy => (copy._tag === 'refused' ? [copy.cause] : []))
  }

  /** It is, or is to be, on this back-end of the connection. */
  backendOn(connection: string): Backend | undefined {
    const copy = this.#copies.get(connection)
    return copy?._tag === 'here' ? copy.lane.backend : copy?._tag === 'coming' ? copy.backend : undefined
  }

  comes(member: Member, stay: Stay, backend: Backend | undefined): void {
    this.#copies.set(member.id, { _tag: 'coming', stay, backend })
  }

  /** It is loaded, and is given work from now on. */
  stands(member: Member, stay: Stay, replica: Replica, state: ReplicaState): void {
    const { lane, modelKey } = replica
    this.#copies.set(member.id, { _tag: 'here', stay, lane, key: modelKey })
    this.tell(member, state)
    this.#options.dispatcher.addReplica(replica)
  }

  /** It is given nothing more; undefined where it is not here. */
  leaves(connection: string): LeavingCopy | undefined {
    const copy = this.#copies.get(connection)
    if (copy?._tag !== 'here') return undefined
    const leaving: LeavingCopy = { _tag: 'leaving', lane: copy.lane, key: copy.key }
    this.#copies.set(connection, leaving)
    return leaving
  }

  rests(member: Member, why: RestReason | 'no room'): void {
    // What had it rest is still the reason.
    if (this.#copies.get(member.id)?._tag === 'resting') return
    this.#copies.set(member.id, { _tag: 'resting' })
    this.tell(member, { _tag: 'unloaded', why })
  }

  refuse(member: Member, cause: unknown): void {
    this.#copies.set(member.id, { _tag: 'refused', cause })
    this.tell(member, { _tag: 'refused', reason: messageOf(cause) })
  }

  /** Its lane or its page is gone. */
  forget(connection: string): void {
    const { model, dispatcher, emit } = this.#options
    const copy = this.#copies.get(connection)
    if (copy?._tag === 'here') {
      dispatcher.removeReplica(model, copy.lane.id)
      copy.stay.end()
    }
    this.#copies.delete(connection)
    emit({ type: 'replica.gone', connection })
  }

  /** The dispatcher uses none of them any more; they stay in their lanes. */
  giveUp(): void {
    const { model, dispatcher } = this.#options
    for (const copy of this.#copies.values()) {
      if (copy._tag === 'here') copy.stay.end()
      if (copy._tag === 'here' || copy._tag === 'leaving') dispatcher.removeReplica(model, copy.lane.id)
    }
  }

  tell(member: Member, state: ReplicaState): void {
    const { emit, isWanted } = this.#options
    if (isWanted(member)) emit({ type: 'replica', connection: member.id, state })
  }
}
