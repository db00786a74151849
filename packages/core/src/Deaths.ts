// What the deaths of one supervisor's children lead to: who is stopped and started with the one that died, in which
// order, and what follows where that fails. Strategy.ts and RestartPlan.ts decide; this carries it out, and leaves the
// supervisor's own life to Supervisor.ts.

import { Effect, Exit } from 'effect'
import type { ActorPath } from './ActorPath.ts'
import type { Child, Children } from './Children.ts'
import type { SupervisorSpec } from './ChildSpec.ts'
import type { CommandQueue } from './CommandQueue.ts'
import { type ExitReason, failure, shutdown } from './ExitReason.ts'
import { announce, type Kernel } from './Kernel.ts'
import { RestartPlan } from './RestartPlan.ts'
import { endsSupervisor, restartGroup, shouldRestart } from './Strategy.ts'
import type { Unit } from './Unit.ts'

/** What it needs of its supervisor. */
export interface Bereaved {
  /** Whether it runs: else its children die because it stops. */
  readonly isRunning: boolean
  /** A new unit for a child whose old one was retired. */
  renew(child: Child): void
  /** Stops all its children and ends. */
  giveUp(reason: ExitReason): Effect.Effect<void>
}

/** Restarts of a supervisor after which the event loop gets a turn. */
const beforeYield = 16

export class Deaths {
  readonly #kernel: Kernel
  readonly #spec: SupervisorSpec
  readonly #children: Children
  readonly #commands: CommandQueue
  readonly #supervisor: Bereaved
  readonly #plan: RestartPlan
  #restarts = 0

  constructor(
    kernel: Kernel,
    path: ActorPath,
    spec: SupervisorSpec,
    children: Children,
    commands: CommandQueue,
    supervisor: Bereaved,
  ) {
    this.#kernel = kernel
    this.#spec = spec
    this.#children = children
    this.#commands = commands
    this.#supervisor = supervisor
    this.#plan = new RestartPlan(kernel, path, spec)
  }

  /** Forgets everything: the supervisor begins or ends. */
  reset(): void {
    this.#plan.reset()
  }

  /** A child was terminated by hand: alone, it is waited for no longer. */
  terminated(id: string): void {
    if (this.#spec.strategy === 'one_for_one') this.#plan.cancel(ids => ids.has(id))
  }

  /** An incarnation of a child has ended by itself. */
  of(unit: Unit, epoch: number, reason: ExitReason): Effect.Effect<void> {
    return Effect.suspend(() => {
      const child = this.#children.get(unit.id)
      // News of an incarnation that the supervisor has ended itself, or replaced, since.
      if (child?.unit !== unit || unit.epoch !== epoch) return Effect.void
      if (!this.#supervisor.isRunning || child.state._tag !== 'Running') return Effect.void
      if (shouldRestart(child.spec.restart, reason)) return this.#restart(child, reason)
      this.#children.settle(child, reason)
      const { significant } = child.spec
      return significant && endsSupervisor(this.#spec.autoShutdown, this.#children.hasSignificantLeft())
        ? this.#supervisor.giveUp(shutdown)
        : Effect.void
    })
  }

  #restart(dead: Child, why: ExitReason): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const verdict = yield* this.#plan.judge(dead, why)
      dead.state = { _tag: 'Restarting', why }
      if (verdict._tag === 'GiveUp') {
        return yield* this.#supervisor.giveUp({ _tag: 'Shutdown', cause: verdict.cause })
      }
      dead.unit.restarting(why)
      // What dies again at once dies in a microtask: without this no timer and no order would ever come between.
      if (++this.#restarts % beforeYield === 0) yield* Effect.yieldNow
      const ids = restartGroup(this.#spec.strategy, () => this.#children.ids(), dead.spec.id)
      yield* this.#haltGroup(ids, dead, why)
      if (verdict.ms === 0) {
        this.#plan.cancel(waiting => ids.some(id => waiting.has(id)))
        yield* this.#startGroup(ids)
      } else this.#plan.schedule(ids, verdict.ms, () => this.#commands.add(this.#startGroup(ids)))
    })
  }

  /** Stops, in reverse, the siblings that go with a dead child. */
  #haltGroup(ids: readonly string[], dead: Child, why: ExitReason): Effect.Effect<void> {
    return Effect.forEach(
      ids.toReversed(),
      id =>
        Effect.gen({ self: this }, function* () {
          const child = this.#children.get(id)
          if (child === undefined || child === dead) return
          if (child.state._tag === 'Running') yield* child.unit.halt
          if (child.spec.restart === 'temporary') return this.#children.settle(child, shutdown)
          // As in OTP, a restart of the group brings back those too that had ended or been terminated.
          if (child.state._tag === 'Terminated') this.#supervisor.renew(child)
          child.state = { _tag: 'Restarting', why }
          child.unit.restarting(why)
        }),
      { discard: true },
    )
  }

  #startGroup(ids: readonly string[]): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (const id of ids) {
        const child = this.#children.get(id)
        if (!this.#supervisor.isRunning) return
        if (child === undefined || child.state._tag !== 'Restarting') continue
        const { why } = child.state
        const started = yield* Effect.exit(this.#children.start(child, this.#kernel.clock))
        if (Exit.isFailure(started)) {
          this.#leaveWaiting(ids, child)
          // A new attempt is a new command: whoever waits in line comes first.
          this.#commands.add(this.#retry(child, failure(firstError(started))))
          return
        }
        const { epoch, ref } = child.unit
        const restart = { at: this.#kernel.clock.now(), epoch, why, attempt: Math.max(child.attempt, 1) }
        this.#children.restarted(child, restart)
        announce(this.#kernel, { _tag: 'ActorRestarted', path: ref.path, ...restart })
      }
    })
  }

  /** As in OTP: those of a group whose turn did not come are nobody's restart until the one that failed is tried again. */
  #leaveWaiting(ids: readonly string[], failed: Child): void {
    for (const id of ids) {
      const child = this.#children.get(id)
      if (child !== failed && child?.state._tag === 'Restarting') child.state = { _tag: 'Waiting' }
    }
  }

  #retry(child: Child, why: ExitReason): Effect.Effect<void> {
    return Effect.suspend(() =>
      this.#supervisor.isRunning && child.state._tag === 'Restarting'
        ? this.#restart(child, why)
        : Effect.void,
    )
  }
}

/** The error that an effect failed with, or its cause where that is none. */
export const firstError = (exit: Exit.Failure<unknown, unknown>): unknown => {
  const reason = exit.cause.reasons[0]
  return reason?._tag === 'Fail' ? reason.error : exit.cause
}
