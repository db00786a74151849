// Starts anew what has been used long enough or does not become well, one at a time: first drained, so that no request
// notices. A connection's page is loaded again, a browser is started again or replaced; who is due is recycling.ts's and
// remedy.ts's. What each cost is the ladder's record.

import { Effect, Schedule } from 'effect'
import type { Fleet, Member } from './Fleet.ts'
import type { Remedies } from './Remedies.ts'
import { type Life, nextToRecycle, type RecycleRules, type Recycling } from './recycling.ts'

const pace = '1 second'
/** How long what is in flight may take; after that it runs again elsewhere. */
const drainLimit = '30 seconds'
/** By then it is back, or its own ladder has given it up: longer than the bridge drains and loads again by itself (80 s). */
const returnLimit = '90 seconds'

export interface RecyclerOptions {
  readonly rules: RecycleRules
  readonly fleet: Fleet
  readonly now: () => number
  /** Gives the connection nothing more until it goes, and resolves when what it has is done. */
  readonly drain: (connection: string) => Promise<void>
  /** Gives it work again: it goes on as it is. */
  readonly resume: (connection: string) => void
  /** What the browsers' processes take, by browser. */
  readonly weigh: () => Promise<readonly { readonly id: string; readonly bytes: number | undefined }[]>
  /** What is to be done about one that is not well, if anything. */
  readonly remedies: Pick<Remedies, 'next' | 'taken'>
  /** Has it start anew. */
  readonly recycle: (recycling: Recycling) => Effect.Effect<void>
}

export class Recycler {
  readonly #options: RecyclerOptions
  /** Since each connection's present page came up. */
  readonly #lives = new Map<string, { readonly since: number; runs: number }>()
  /** Connections that are started anew just now. */
  readonly #underWay = new Set<string>()

  constructor(options: RecyclerOptions) {
    this.#options = options
    options.fleet.subscribe(event => {
      if (event._tag === 'up') this.#lives.set(event.member.id, { since: options.now(), runs: 0 })
      if (event._tag === 'down') this.#lives.delete(event.member.id)
    })
  }

  /** A connection has answered once more. */
  answered(connection: string): void {
    const life = this.#lives.get(connection)
    if (life !== undefined) life.runs += 1
  }

  /** Whether the connection goes because it is to be started anew: that is no loss. */
  isRenewing(connection: string): boolean {
    return this.#underWay.has(connection)
  }

  /** Looks and recycles until it is interrupted. */
  readonly run: Effect.Effect<void> = Effect.suspend(() =>
    this.#look.pipe(Effect.repeat(Schedule.spaced(pace)), Effect.asVoid),
  )

  readonly #look: Effect.Effect<void> = Effect.suspend(() =>
    // Where they cannot be read, the rules that ask for no weights stand.
    Effect.tryPromise(() => this.#weights()).pipe(
      Effect.orElseSucceed(() => []),
      Effect.flatMap(weights => {
        const { rules, remedies } = this.#options
        const due = remedies.next() ?? nextToRecycle(this.#ages(), weights, rules)
        return due === undefined ? Effect.void : this.#recycle(due)
      }),
    ),
  )

  #ages(): Life[] {
    const now = this.#options.now()
    return this.#options.fleet.members('own').flatMap(({ id }) => {
      const life = this.#lives.get(id)
      return life === undefined ? [] : { id, ageMs: now - life.since, runs: life.runs }
    })
  }

  #weights() {
    return this.#options.rules.aboveBytes === undefined ? Promise.resolve([]) : this.#options.weigh()
  }

  #recycle(due: Recycling): Effect.Effect<void> {
    const { fleet, drain, resume, recycle, remedies } = this.#options
    remedies.taken(due)
    const members = fleet
      .members('own')
      .filter(({ id, browser }) => (due._tag === 'connection' ? id : browser.id) === due.id)
    return Effect.promise(() => Promise.all(members.map(({ id }) => drain(id)))).pipe(
      Effect.timeoutOption(drainLimit),
      Effect.andThen(
        Effect.suspend(() => {
          for (const { id } of members) this.#underWay.add(id)
          return recycle(due)
        }).pipe(
          Effect.andThen(due._tag === 'replacement' ? Effect.void : this.#back(members)),
          Effect.timeoutOption(returnLimit),
        ),
      ),
      Effect.andThen(
        Effect.sync(() => {
          // Nothing became of it: a link was silent at that moment, or a browser could not be ended.
          for (const member of members) if (fleet.isUp(member)) resume(member.id)
        }),
      ),
      Effect.ensuring(Effect.sync(() => this.#underWay.clear())),
    )
  }

  /** Waits until each of them has come back as another incarnation. */
  #back(members: readonly Member[]): Effect.Effect<void> {
    const { fleet } = this.#options
    const awaited = new Set(members.map(({ id }) => id))
    if (awaited.size === 0) return Effect.void
    return Effect.callback(resume => {
      const leave = fleet.subscribe(event => {
        if (event._tag === 'up' && awaited.delete(event.member.id) && awaited.size === 0) {
          leave()
          resume(Effect.void)
        }
      })
      return Effect.sync(leave)
    })
  }
}
