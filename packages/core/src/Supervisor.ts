// A supervisor's own life, and what can be asked of it: starts its children in order, stops them in reverse, gives up
// when it must. What deaths lead to is Deaths.ts; what its children are is written in Children.ts. It does one thing at
// a time (CommandQueue.ts). Between two attempts of a restart others get their turn, so that a supervisor in a restart
// loop can still be asked things, and stopped.

import { Effect, Exit } from 'effect'
import type { EventObject } from 'xstate'
import { type ActorPath, childPath } from './ActorPath.ts'
import type { ActorRef, Terminated } from './ActorRef.ts'
import { Backoff } from './Backoff.ts'
import { type Child, Children, noRestarts } from './Children.ts'
import type { AnySpec, SupervisorSpec } from './ChildSpec.ts'
import { CommandQueue } from './CommandQueue.ts'
import { type Bereaved, Deaths, firstError } from './Deaths.ts'
import { type ExitReason, failure, killed, normal, shutdown } from './ExitReason.ts'
import {
  type ChildNotFound,
  type ChildRestarting,
  type ChildRunning,
  type InvalidSpec,
  StartFailed,
  SupervisorStopped,
} from './errors.ts'
import { Hub } from './Inspection.ts'
import { announce, type Kernel, notify } from './Kernel.ts'
import type { Resident } from './Registry.ts'
import type { ChildCount, ChildInfo, StartChildError, SupervisorRef } from './SupervisorRef.ts'
import { expectFitting } from './specify.ts'
import type { Unit, UnitOwner } from './Unit.ts'
import { Worker } from './Worker.ts'

type SupervisorLife =
  | { readonly _tag: 'Idle' }
  | { readonly _tag: 'Running' }
  | { readonly _tag: 'Stopping' }
  | { readonly _tag: 'Retired'; readonly reason: ExitReason }

export class Supervisor implements Unit, SupervisorRef, Resident {
  readonly kind = 'supervisor'
  readonly path: ActorPath
  readonly #kernel: Kernel
  readonly #spec: SupervisorSpec
  readonly #owner: UnitOwner
  readonly #asOwner: UnitOwner = {
    ended: (unit, epoch, reason) => this.#commands.add(this.#deaths.of(unit, epoch, reason)),
    terminate: unit => this.#terminateUnit(unit),
  }
  readonly #commands: CommandQueue
  readonly #children: Children
  readonly #watchers: Hub<Terminated>
  readonly #deaths: Deaths
  #life: SupervisorLife = { _tag: 'Idle' }
  #epoch = 0

  constructor(kernel: Kernel, path: ActorPath, spec: SupervisorSpec, owner: UnitOwner) {
    this.path = path
    this.#kernel = kernel
    this.#spec = spec
    this.#owner = owner
    this.#commands = new CommandQueue(kernel.fork)
    this.#children = new Children(path, spec.kind)
    this.#deaths = new Deaths(kernel, path, spec, this.#children, this.#commands, this.#asBereaved())
    this.#watchers = new Hub(kernel.onListenerError)
    kernel.registry.add(this)
  }

  // As a unit of its own supervisor

  get ref(): SupervisorRef {
    return this
  }

  get id(): string {
    return this.#spec.id
  }

  get epoch(): number {
    return this.#epoch
  }

  get start(): Effect.Effect<void, StartFailed> {
    const { path } = this
    const start = Effect.gen({ self: this }, function* () {
      this.#epoch += 1
      this.#life = { _tag: 'Running' }
      this.#deaths.reset()
      this.#announceStarted()
      for (const spec of this.#spec.children) {
        const kept = this.#children.get(spec.id)
        const child = this.#newChild(spec, false, kept?.state._tag === 'Terminated' ? undefined : kept?.unit)
        // To begin anew is the point of its own restart: a state that its children fail in must not outlive it.
        if (this.#epoch > 1) child.unit.forget()
        this.#children.append(child)
        const started = yield* Effect.exit(this.#children.start(child, this.#kernel.clock))
        if (Exit.isFailure(started)) {
          const error = new StartFailed({ path, error: firstError(started) })
          yield* this.#haltAll(failure(error))
          return yield* error
        }
      }
    })
    return this.#commands.perform(start, () => Effect.fail(new StartFailed({ path, error: this.#stopped() })))
  }

  get halt(): Effect.Effect<ExitReason> {
    const { shutdown: limit } = this.#spec
    const halting = this.#commands.perform(Effect.as(this.#haltAll(shutdown), shutdown), () =>
      Effect.succeed(killed),
    )
    const kill = Effect.sync(() => {
      this.kill()
      return killed
    })
    if (limit === 'brutal') return kill
    if (limit === 'infinity') return halting
    return Effect.timeoutOrElse(halting, { duration: limit, orElse: () => kill })
  }

  kill(): void {
    this.#commands.abort()
    this.#deaths.reset()
    // All of them, whatever their state: one may be about to start.
    for (const child of this.#children.all().toReversed()) child.unit.kill()
    if (this.#life._tag === 'Running' || this.#life._tag === 'Stopping') this.#afterHalt(killed)
  }

  forget(): void {}

  restarting(why: ExitReason): void {
    for (const child of this.#children.all()) child.unit.restarting(why)
  }

  retire(reason: ExitReason): void {
    if (this.#life._tag === 'Retired') return
    this.#life = { _tag: 'Retired', reason }
    for (const child of this.#children.all()) child.unit.retire(shutdown)
    this.#children.clear()
    this.#kernel.registry.remove(this)
    this.#watchers.publish({ path: this.path, reason })
  }

  // As people see it

  startChild(spec: AnySpec): Effect.Effect<never, StartChildError> {
    const start = Effect.gen({ self: this }, function* () {
      if (this.#life._tag !== 'Running') return yield* this.#stopped()
      yield* Effect.try({
        try: () => expectFitting(this.#spec, spec),
        catch: error => error as InvalidSpec,
      })
      yield* this.#children.expectFree(spec.id)
      const child = this.#newChild(spec, true)
      this.#children.append(child)
      const forget = (error: StartFailed) =>
        Effect.sync(() => {
          this.#children.remove(child)
          child.unit.retire(failure(error))
        })
      yield* Effect.tapError(this.#children.start(child, this.#kernel.clock), forget)
      return child.unit.ref
    })
    // The overloads of the contract say which ref belongs to which specification.
    return this.#commands.perform<unknown, StartChildError>(start, () =>
      Effect.fail(this.#stopped()),
    ) as Effect.Effect<never, StartChildError>
  }

  terminateChild(id: string): Effect.Effect<void, ChildNotFound> {
    const terminate = Effect.flatMap(this.#children.find(id), child => this.#terminate(child))
    return this.#commands.perform<void, ChildNotFound>(terminate, () => Effect.void)
  }

  restartChild(
    id: string,
  ): Effect.Effect<void, ChildNotFound | ChildRunning | ChildRestarting | StartFailed | SupervisorStopped> {
    const restart = Effect.gen({ self: this }, function* () {
      if (this.#life._tag !== 'Running') return yield* this.#stopped()
      const child = yield* this.#children.findAtRest(id)
      if (child.state._tag === 'Terminated') child.unit = this.#newUnit(child.spec)
      const settle = (error: StartFailed) => Effect.sync(() => this.#children.settle(child, failure(error)))
      yield* Effect.tapError(this.#children.start(child, this.#kernel.clock), settle)
    })
    return this.#commands.perform<void, Effect.Error<typeof restart>>(restart, () =>
      Effect.fail(this.#stopped()),
    )
  }

  deleteChild(id: string): Effect.Effect<void, ChildNotFound | ChildRunning | ChildRestarting> {
    const forget = Effect.map(this.#children.findAtRest(id), child => {
      child.unit.retire(shutdown)
      this.#children.remove(child)
    })
    return this.#commands.perform(forget, () => Effect.void)
  }

  child<M extends EventObject = never, S = unknown>(id: string): ActorRef<M, S> | undefined {
    const unit = this.#children.get(id)?.unit
    return unit instanceof Worker ? (unit.ref as unknown as ActorRef<M, S>) : undefined
  }

  childSupervisor(id: string): SupervisorRef | undefined {
    const unit = this.#children.get(id)?.unit
    return unit instanceof Supervisor ? unit : undefined
  }

  whichChildren(): readonly ChildInfo[] {
    return this.#children.which()
  }

  countChildren(): ChildCount {
    return this.#children.count()
  }

  stop(): Effect.Effect<void> {
    return this.#owner.terminate(this)
  }

  watch(listener: (terminated: Terminated) => void): () => void {
    if (this.#life._tag === 'Retired') {
      notify(this.#kernel, listener, { path: this.path, reason: this.#life.reason })
      return () => {}
    }
    return this.#watchers.subscribe(listener)
  }

  inspect(): void {}

  // Children

  #newChild(spec: AnySpec, added: boolean, unit = this.#newUnit(spec)): Child {
    const { backoff } = this.#spec
    return {
      spec,
      added,
      unit,
      backoff: backoff && new Backoff(backoff),
      state: { _tag: 'Restarting', why: normal },
      attempt: 0,
      restarts: noRestarts,
    }
  }

  #newUnit(spec: AnySpec): Unit {
    const path = childPath(this.path, spec.id)
    return spec._tag === 'Worker'
      ? new Worker(this.#kernel, path, spec, this, this.#asOwner)
      : new Supervisor(this.#kernel, path, spec, this.#asOwner)
  }

  #terminateUnit(unit: Unit): Effect.Effect<void> {
    const terminate = Effect.suspend(() => {
      const child = this.#children.get(unit.id)
      return child?.unit === unit ? this.#terminate(child) : Effect.void
    })
    return this.#commands.perform(terminate, () => Effect.void)
  }

  #terminate(child: Child): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      if (child.state._tag === 'Running') yield* child.unit.halt
      this.#deaths.terminated(child.spec.id)
      this.#children.settle(child, shutdown)
    })
  }

  #asBereaved(): Bereaved {
    const isRunning = () => this.#life._tag === 'Running'
    return {
      get isRunning() {
        return isRunning()
      },
      renew: child => {
        child.unit = this.#newUnit(child.spec)
      },
      giveUp: reason => Effect.map(this.#haltAll(reason), () => this.#owner.ended(this, this.#epoch, reason)),
    }
  }

  // Its own end

  #haltAll(reason: ExitReason): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#life._tag !== 'Running') return Effect.void
      this.#life = { _tag: 'Stopping' }
      this.#deaths.reset()
      const running = this.#children.running().toReversed()
      return Effect.map(
        Effect.forEach(running, child => child.unit.halt, {
          concurrency: this.#spec.kind === 'dynamic' ? 'unbounded' : 1,
          discard: true,
        }),
        () => this.#afterHalt(reason),
      )
    })
  }

  /** What was started at run time does not come back; the others may, so that their refs stay good. */
  #afterHalt(reason: ExitReason): void {
    this.#life = { _tag: 'Idle' }
    for (const child of this.#children.all()) {
      if (child.added) {
        child.unit.retire(shutdown)
        this.#children.remove(child)
      } else if (child.state._tag === 'Running') child.state = { _tag: 'Restarting', why: reason }
    }
    const { path } = this
    announce(this.#kernel, {
      _tag: 'ActorStopped',
      path,
      at: this.#kernel.clock.now(),
      epoch: this.#epoch,
      reason,
    })
  }

  #stopped(): SupervisorStopped {
    return new SupervisorStopped({ path: this.path })
  }

  #announceStarted(): void {
    const { path, kind } = this
    announce(this.#kernel, {
      _tag: 'ActorStarted',
      path,
      at: this.#kernel.clock.now(),
      kind,
      epoch: this.#epoch,
    })
  }
}
