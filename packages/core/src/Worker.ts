// A supervised actor: one ref, one cell after the other. It carries out starts and stops; it decides none.

import { Effect } from 'effect'
import type { EventObject, Snapshot } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { ActorRef } from './ActorRef.ts'
import type { Ask } from './Ask.ts'
import { Cell, type CellOwner } from './Cell.ts'
import type { ChildSpec } from './ChildSpec.ts'
import type { SystemLane } from './deathWatch.ts'
import { type ExitReason, isAbnormal, shutdown } from './ExitReason.ts'
import { StartFailed } from './errors.ts'
import { type Fence, FencedRef } from './FencedRef.ts'
import { Keeper } from './Keeper.ts'
import { announce, type Kernel } from './Kernel.ts'
import { LocalRef, type RefOwner } from './LocalRef.ts'
import type { Mail } from './Mail.ts'
import type { Outbox } from './Outbox.ts'
import type { ShutdownLimit } from './ShutdownLimit.ts'
import { startInput } from './StartContext.ts'
import type { SupervisorRef } from './SupervisorRef.ts'
import type { Unit, UnitOwner } from './Unit.ts'

const failedStart = { isOver: true }

/** An incarnation from before it has a cell, so that its `input` can be given a ref of it. */
class Starting implements Fence {
  readonly kernel: Kernel
  readonly self: LocalRef
  fence: Pick<Fence, 'isOver'> | undefined

  constructor(kernel: Kernel, self: LocalRef) {
    this.kernel = kernel
    this.self = self
  }

  get isOver(): boolean {
    return this.fence?.isOver === true
  }
}

export class Worker implements Unit, CellOwner, RefOwner {
  readonly ref: LocalRef
  readonly kernel: Kernel
  readonly #spec: ChildSpec<never>
  readonly #supervisor: SupervisorRef
  readonly #owner: UnitOwner
  readonly #keeper: Keeper | undefined
  #epoch = 0
  #cell: Cell | undefined
  /** Set while somebody waits for the cell to end: then its end is an answer, not news for the supervisor. */
  #awaited: ((reason: ExitReason) => void) | undefined

  constructor(
    kernel: Kernel,
    path: ActorPath,
    spec: ChildSpec<never>,
    supervisor: SupervisorRef,
    owner: UnitOwner,
  ) {
    this.kernel = kernel
    this.#spec = spec
    this.#supervisor = supervisor
    this.#owner = owner
    const { keep, logic } = spec.behavior
    this.#keeper = keep && new Keeper(kernel, path, logic, keep)
    this.ref = new LocalRef(kernel, path, spec.behavior, this)
  }

  get path(): ActorPath {
    return this.ref.path
  }

  get limit(): ShutdownLimit {
    return this.#spec.shutdown
  }

  get id(): string {
    return this.#spec.id
  }

  get epoch(): number {
    return this.#epoch
  }

  get terminate(): Effect.Effect<void> {
    return this.#owner.terminate(this)
  }

  get self(): ActorRef<EventObject> & SystemLane {
    return this.ref
  }

  get start(): Effect.Effect<void, StartFailed> {
    return Effect.suspend(() => {
      const failed = this.#startNow()
      return failed === undefined ? Effect.void : this.#afterFailedStart(failed)
    })
  }

  get halt(): Effect.Effect<ExitReason> {
    return Effect.callback(resume => {
      const cell = this.#cell
      if (cell === undefined) return resume(Effect.succeed(shutdown))
      this.#awaited = reason => resume(Effect.succeed(reason))
      cell.stop()
    })
  }

  kill(): void {
    if (this.#cell === undefined) return
    this.#awaited ??= () => {}
    this.#cell.kill()
  }

  forget(): void {
    this.#keeper?.forget()
  }

  restarting(why: ExitReason): void {
    this.ref.restarting(why)
  }

  retire(reason: ExitReason): void {
    this.ref.retire(reason)
  }

  get outbox(): Outbox | undefined {
    return this.ref.outbox
  }

  offerAgain(mail: Mail): boolean {
    return this.ref.offerAgain(mail)
  }

  orphan(ask: Ask<unknown>): void {
    this.ref.orphan(ask)
  }

  onSnapshot(snapshot: Snapshot<unknown>): void {
    this.ref.onSnapshot(snapshot)
  }

  onEnded(cell: Cell, reason: ExitReason): void {
    if (this.#cell !== cell) return
    this.#cell = undefined
    this.ref.vacate()
    announce(this.kernel, {
      _tag: 'ActorStopped',
      path: this.path,
      at: this.kernel.clock.now(),
      epoch: cell.epoch,
      reason,
      ...(cell.inProcess && { inProcess: cell.inProcess }),
    })
    const awaited = this.#awaited
    this.#awaited = undefined
    if (awaited === undefined) this.#owner.ended(this, cell.epoch, reason)
    else awaited(reason)
  }

  /** Starts a cell; returns the error, if it failed on the way. */
  #startNow(): StartFailed | undefined {
    const { path } = this
    this.#epoch += 1
    const starting = new Starting(this.kernel, this.ref)
    let cell: Cell
    try {
      const system = this.kernel.system()
      const input = startInput(this.#spec, {
        self: new FencedRef(starting),
        ref: this.ref,
        supervisor: this.#supervisor,
        system,
        epoch: this.#epoch,
      })
      cell = new Cell(this, this.#spec.behavior, this.#epoch, input, this.#keeper)
      starting.fence = cell
    } catch (error) {
      starting.fence = failedStart
      return new StartFailed({ path, error })
    }
    this.#cell = cell
    this.ref.occupy(cell)
    announce(this.kernel, {
      _tag: 'ActorStarted',
      path,
      at: this.kernel.clock.now(),
      kind: 'worker',
      epoch: this.#epoch,
    })
    this.#awaited = () => {}
    cell.start()
    const { life } = cell
    if (life._tag !== 'Running' && isAbnormal(life.reason)) {
      return new StartFailed({ path, error: life.reason._tag === 'Failure' ? life.reason.error : 'killed' })
    }
    this.#awaited = undefined
    // It may have ended normally on the way: that is news like any other end.
    if (life._tag === 'Ended') this.#owner.ended(this, this.#epoch, life.reason)
    return undefined
  }

  /** A start counts as failed once what it had acquired is released. */
  #afterFailedStart(failed: StartFailed): Effect.Effect<never, StartFailed> {
    return Effect.andThen(this.#cell === undefined ? Effect.void : this.halt, Effect.fail(failed))
  }
}
