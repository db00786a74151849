// When one supervisor restarts what died: at once, after a wait, or not at all because that is too often. It
// keeps the window and the waits under way; it stops and starts nobody.

import { Effect } from 'effect'
import type { ActorPath } from './ActorPath.ts'
import type { Child } from './Children.ts'
import type { SupervisorSpec } from './ChildSpec.ts'
import type { ExitReason } from './ExitReason.ts'
import { RestartIntensityExceeded, StartFailed } from './errors.ts'
import type { Kernel } from './Kernel.ts'
import { addRestart, emptyWindow, type RestartWindow } from './RestartWindow.ts'
import type { Deadline } from './TimerWheel.ts'

/** What a death leads to: a restart after `ms`, or the end of the supervisor. */
export type Verdict =
  | { readonly _tag: 'Restart'; readonly ms: number }
  | { readonly _tag: 'GiveUp'; readonly cause: RestartIntensityExceeded }

interface Wait {
  readonly ids: ReadonlySet<string>
  readonly deadline: Deadline
}

export class RestartPlan {
  readonly #kernel: Kernel
  readonly #path: ActorPath
  readonly #spec: SupervisorSpec
  readonly #waits = new Set<Wait>()
  #window: RestartWindow = emptyWindow

  constructor(kernel: Kernel, path: ActorPath, spec: SupervisorSpec) {
    this.#kernel = kernel
    this.#path = path
    this.#spec = spec
  }

  /** Forgets everything: the supervisor begins or ends. */
  reset(): void {
    this.#window = emptyWindow
    this.cancel(() => true)
  }

  /** Counts one more restart. A child that had lived longer than the period begins its back-off anew. */
  judge(dead: Child, why: ExitReason): Effect.Effect<Verdict> {
    return Effect.gen({ self: this }, function* () {
      const { intensity, periodMs } = this.#spec
      const now = this.#kernel.clock.now()
      if (dead.state._tag === 'Running' && now - dead.state.since > periodMs) {
        dead.backoff?.reset()
        dead.attempt = 0
      }
      dead.attempt += 1
      // The end of one that ran has been told already.
      if (dead.state._tag === 'Restarting' && why._tag === 'Failure') {
        this.#kernel.log.startFailed(dead.unit.ref.path, causeOf(why.error))
      }
      const { window, exceeded } = addRestart(this.#window, now, this.#spec)
      this.#window = window
      const wait = dead.backoff === undefined ? 0 : yield* dead.backoff.next(now, why)
      if (!exceeded && wait !== undefined) return { _tag: 'Restart', ms: wait } as const
      const last = why._tag === 'Failure' ? why.error : why._tag
      const childId = dead.spec.id
      const cause = new RestartIntensityExceeded({ path: this.#path, childId, intensity, periodMs, last })
      return { _tag: 'GiveUp', cause } as const
    })
  }

  /** Calls `then` after a wait, unless that is cancelled. A wait for any of the same children gives way to it. */
  schedule(ids: readonly string[], ms: number, then: () => void): void {
    this.cancel(wait => ids.some(id => wait.has(id)))
    const deadline = this.#kernel.wheel.after(ms, () => {
      this.#waits.delete(wait)
      then()
    })
    const wait: Wait = { ids: new Set(ids), deadline }
    this.#waits.add(wait)
  }

  cancel(which: (ids: ReadonlySet<string>) => boolean): void {
    for (const wait of [...this.#waits]) {
      if (!which(wait.ids)) continue
      wait.deadline.cancel()
      this.#waits.delete(wait)
    }
  }
}

const causeOf = (error: unknown): unknown => (error instanceof StartFailed ? error.error : error)
