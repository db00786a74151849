// The children of one supervisor, in start order: what each is, in which state its supervisor holds it, and what is
// written down when it starts, restarts, or has ended. It decides nothing.

import { Effect } from 'effect'
import type { ActorClock } from './ActorClock.ts'
import { type ActorPath, below, childPath } from './ActorPath.ts'
import type { Backoff } from './Backoff.ts'
import type { AnySpec, SupervisorSpec } from './ChildSpec.ts'
import type { ExitReason } from './ExitReason.ts'
import {
  ChildAlreadyPresent,
  ChildAlreadyStarted,
  ChildNotFound,
  ChildRestarting,
  ChildRunning,
  type StartFailed,
} from './errors.ts'
import type { ChildCount, ChildInfo, RestartRecord } from './SupervisorRef.ts'
import type { Unit } from './Unit.ts'

export type ChildState =
  | { readonly _tag: 'Running'; readonly since: number }
  /** Stopped, and to be started again: at once, after its back-off, or with its supervisor. */
  | { readonly _tag: 'Restarting'; readonly why: ExitReason }
  /** Stopped with a sibling that then did not start: it starts with that one, or by hand, and may be deleted. */
  | { readonly _tag: 'Waiting' }
  | { readonly _tag: 'Terminated' }

export interface Child {
  readonly spec: AnySpec
  /** Whether it was started at run time: then it goes with this incarnation of the supervisor. */
  readonly added: boolean
  readonly backoff: Backoff | undefined
  unit: Unit
  state: ChildState
  /** Restarts in a row. */
  attempt: number
  /** The last ones, oldest first. */
  restarts: readonly RestartRecord[]
}

const keptRestarts = 16

/** One for all that have none. */
export const noRestarts: readonly never[] = []

export class Children {
  readonly #path: ActorPath
  readonly #forgets: boolean
  readonly #children = new Map<string, Child>()

  /** Those of a dynamic supervisor are forgotten once they have ended. */
  constructor(path: ActorPath, kind: SupervisorSpec['kind']) {
    this.#path = path
    this.#forgets = kind === 'dynamic'
  }

  get(id: string): Child | undefined {
    return this.#children.get(id)
  }

  /** Puts a child last in start order, even where one of its id stood earlier. */
  append(child: Child): void {
    this.#children.delete(child.spec.id)
    this.#children.set(child.spec.id, child)
  }

  remove(child: Child): void {
    this.#children.delete(child.spec.id)
  }

  clear(): void {
    this.#children.clear()
  }

  /** Starts a child, and writes down that it runs. */
  start(child: Child, clock: ActorClock): Effect.Effect<void, StartFailed> {
    return Effect.map(child.unit.start, () => {
      child.state = { _tag: 'Running', since: clock.now() }
    })
  }

  /** The child has ended and is not restarted now. Its specification stays, but for a temporary or dynamic one. */
  settle(child: Child, reason: ExitReason): void {
    child.state = { _tag: 'Terminated' }
    child.unit.retire(reason)
    if (child.spec.restart === 'temporary' || this.#forgets) this.remove(child)
  }

  /** Writes down a restart that was carried out. */
  restarted(child: Child, restart: RestartRecord): void {
    child.restarts = [...child.restarts.slice(1 - keptRestarts), restart]
  }

  ids(): readonly string[] {
    return [...this.#children.keys()]
  }

  all(): readonly Child[] {
    return [...this.#children.values()]
  }

  running(): readonly Child[] {
    return this.all().filter(child => child.state._tag === 'Running')
  }

  find(id: string): Effect.Effect<Child, ChildNotFound> {
    return Effect.suspend(() => {
      const child = this.#children.get(id)
      if (child !== undefined) return Effect.succeed(child)
      return Effect.fail(new ChildNotFound({ path: below(this.#path, id) }))
    })
  }

  /** A child that neither runs nor is about to. */
  findAtRest(id: string): Effect.Effect<Child, ChildNotFound | ChildRunning | ChildRestarting> {
    return Effect.flatMap(this.find(id), (child): Effect.Effect<Child, ChildRunning | ChildRestarting> => {
      const path = childPath(this.#path, id)
      if (child.state._tag === 'Running') return Effect.fail(new ChildRunning({ path }))
      if (child.state._tag === 'Restarting') return Effect.fail(new ChildRestarting({ path }))
      return Effect.succeed(child)
    })
  }

  /** Fails if the id is taken. */
  expectFree(id: string): Effect.Effect<void, ChildAlreadyStarted | ChildAlreadyPresent> {
    return Effect.suspend((): Effect.Effect<void, ChildAlreadyStarted | ChildAlreadyPresent> => {
      const present = this.#children.get(id)
      if (present === undefined) return Effect.void
      const path = childPath(this.#path, id)
      return Effect.fail(
        present.state._tag === 'Running'
          ? new ChildAlreadyStarted({ path })
          : new ChildAlreadyPresent({ path }),
      )
    })
  }

  /** Whether significant children run or are about to. Looks no further than the first: all may end, one by one. */
  hasSignificantLeft(): boolean {
    for (const { spec, state } of this.#children.values()) {
      if (spec.significant && stateNames[state._tag] !== 'terminated') return true
    }
    return false
  }

  which(): readonly ChildInfo[] {
    return this.all().map(({ spec, state, unit, restarts }) => ({
      id: spec.id,
      kind: spec._tag === 'Worker' ? 'worker' : 'supervisor',
      state: stateNames[state._tag],
      ref: unit.ref,
      restarts,
    }))
  }

  count(): ChildCount {
    const all = this.all()
    const supervisors = all.filter(child => child.spec._tag === 'Supervisor').length
    return {
      specs: all.length,
      active: this.running().length,
      supervisors,
      workers: all.length - supervisors,
    }
  }
}

/** What OTP says of each: it has one word for all that neither run nor are being restarted. */
const stateNames = {
  Running: 'running',
  Restarting: 'restarting',
  Waiting: 'terminated',
  Terminated: 'terminated',
} as const satisfies Record<ChildState['_tag'], ChildInfo['state']>
