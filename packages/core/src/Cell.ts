// One incarnation of an actor: hosts its XState actor, gives it one message at a time, owns the effects that it
// invoked, and ends once, with one ExitReason, when those effects have released what they held. It does not
// restart anything, and it does not queue: LocalRef queues, Supervisor restarts.

import { type Effect, Exit, type Fiber, Scope } from 'effect'
import { type AnyActor, type AnyActorRef, createActor, type EventObject, type Snapshot } from 'xstate'
import { guardActions } from './ActionGuard.ts'
import type { ActorPath } from './ActorPath.ts'
import type { ActorRef } from './ActorRef.ts'
import { Ask, type Mail, messageOf } from './Ask.ts'
import type { Behavior } from './Behavior.ts'
import type { SystemLane } from './deathWatch.ts'
import { EventAcceptance } from './EventAcceptance.ts'
import { type ExitReason, failure, killed, normal, shutdown } from './ExitReason.ts'
import { type Host, hostOn } from './Host.ts'
import { bury, type Kernel } from './Kernel.ts'
import type { Deadline } from './TimerWheel.ts'
import { inspectXState } from './xstateInspection.ts'

/** How long an incarnation may take to release what it holds: milliseconds, none, or without limit. */
export type ShutdownLimit = number | 'brutal' | 'infinity'

type CellLife =
  | { readonly _tag: 'Running' }
  /** Its machine has ended; effects still release what they hold. */
  | { readonly _tag: 'Ending'; readonly reason: ExitReason }
  | { readonly _tag: 'Ended'; readonly reason: ExitReason }

/** What a cell tells its owner. */
export interface CellOwner {
  readonly path: ActorPath
  readonly self: ActorRef<EventObject> & SystemLane
  onSnapshot(snapshot: Snapshot<unknown>): void
  /** Called once. */
  onEnded(cell: Cell, reason: ExitReason): void
}

const running: CellLife = { _tag: 'Running' }
export class Cell implements Host {
  readonly kernel: Kernel
  readonly owner: CellOwner
  readonly epoch: number
  readonly #limit: ShutdownLimit
  readonly #actor: AnyActor
  #life: CellLife = running
  #asks: Set<Ask<never>> | undefined
  #effects: Set<Fiber.Fiber<unknown, unknown>> | undefined
  #scope: Scope.Closeable | undefined
  #acceptance: EventAcceptance | undefined
  #deadline: Deadline | undefined
  #stopInspecting: (() => void) | undefined

  constructor(
    kernel: Kernel,
    owner: CellOwner,
    behavior: Behavior<never>,
    epoch: number,
    limit: ShutdownLimit,
    input: unknown,
  ) {
    this.kernel = kernel
    this.owner = owner
    this.epoch = epoch
    this.#limit = limit
    this.#actor = createActor(guardActions(behavior.logic), { id: owner.path, clock: kernel.clock, input })
    hostOn(this.#actor.system, this)
    if (kernel.inspections.active) this.inspect(true)
    this.#actor.subscribe(this)
  }

  get life(): CellLife {
    return this.#life
  }

  get path(): ActorPath {
    return this.owner.path
  }

  get self(): ActorRef<EventObject> & SystemLane {
    return this.owner.self
  }

  get isOver(): boolean {
    return this.#life._tag === 'Ended'
  }

  /** XState's observer: a new snapshot. */
  next(snapshot: Snapshot<unknown>): void {
    this.owner.onSnapshot(snapshot)
  }

  /** XState's observer: the machine ended in error. */
  error(error: unknown): void {
    this.#end(failure(error))
  }

  /** XState's observer: the machine ended. */
  complete(): void {
    this.#end(normal)
  }

  get isRunning(): boolean {
    return this.#life._tag === 'Running'
  }

  /** Starts the machine. It may have ended when this returns. */
  start(): void {
    this.#actor.start()
  }

  getSnapshot(): Snapshot<unknown> {
    return this.#actor.getSnapshot()
  }

  /** Gives the machine one message. */
  receive(mail: Mail): void {
    if (mail instanceof Ask) {
      // Until it is answered, this ask ends with this incarnation: its context is the only one that knows of it.
      this.#asks ??= new Set()
      this.#asks.add(mail)
      mail.keptIn = this.#asks
    }
    const message = messageOf(mail)
    const before = this.#actor.getSnapshot()
    this.#actor.send(message)
    // XState drops what nothing takes and says nothing. An event that changed something was taken.
    if (this.#actor.getSnapshot() !== before || this.#life._tag !== 'Running') return
    this.#acceptance ??= new EventAcceptance()
    if (!this.#acceptance.declares(before, message.type)) {
      bury(this.kernel, this.owner.path, message, 'Unhandled')
      if (mail instanceof Ask) mail.untaken()
    }
  }

  /** Ends with a failure that XState does not see: a defect of an effect, a rejected async action. */
  fail(error: unknown): void {
    this.#end(failure(error))
  }

  /** Ends because the supervisor wants it to. */
  stop(): void {
    this.#end(this.#limit === 'brutal' ? killed : shutdown)
  }

  /** Ends at once. What has not been released is abandoned: it goes on, but nothing it does takes effect. */
  kill(): void {
    this.#end(killed)
    this.#abandon(killed)
  }

  /** Runs an effect that belongs to this incarnation; it is interrupted when the incarnation ends. */
  adopt<A, E>(effect: Effect.Effect<A, E>, onExit: (exit: Exit.Exit<A, E>) => void): Fiber.Fiber<A, E> {
    const fiber = this.kernel.fork(effect)
    this.#effects ??= new Set()
    this.#effects.add(fiber)
    fiber.addObserver(exit => {
      this.#effects?.delete(fiber)
      if (this.#life._tag !== 'Ended') onExit(exit)
      this.#released()
    })
    return fiber
  }

  /** What lives as long as this incarnation: closed after all its effects have ended, before a restart. */
  get scope(): Scope.Scope {
    this.#scope ??= Scope.makeUnsafe()
    return this.#scope
  }

  /** Turns XState's own inspection on or off for this machine and those it invoked. */
  inspect(on: boolean): void {
    this.#stopInspecting?.()
    this.#stopInspecting = on ? inspectXState(this.kernel, this.owner.path, this.#actor) : undefined
  }

  #end(reason: ExitReason): void {
    if (this.#life._tag !== 'Running') return
    this.#life = { _tag: 'Ending', reason }
    this.#stopMachine()
    if (this.#asks !== undefined) for (const ask of [...this.#asks]) ask.actorEnded(reason)
    if (this.#effects !== undefined) for (const fiber of [...this.#effects]) fiber.interruptUnsafe()
    this.#released()
    if (this.#life._tag !== 'Ending') return
    if (this.#limit === 'brutal') this.#abandon(reason)
    else if (this.#limit !== 'infinity') {
      const late = reason._tag === 'Failure' ? reason : killed
      this.#deadline = this.kernel.wheel.after(this.#limit, () => this.#abandon(late))
    }
  }

  /** Stops the XState actor and what it invoked. A machine that threw leaves its children running: stop those too. */
  #stopMachine(): void {
    const snapshot: { readonly status: string; readonly children?: Record<string, AnyActorRef> } =
      this.#actor.getSnapshot()
    if (snapshot.status === 'active') {
      this.#actor.stop()
      return
    }
    if (snapshot.status !== 'error') return
    for (const child of Object.values(snapshot.children ?? {})) {
      // A child refuses `stop()` from anybody but its parent; this is the event its parent would have sent.
      if (child.getSnapshot().status === 'active') child.send({ type: 'xstate.stop' })
    }
  }

  #released(): void {
    if (this.#life._tag !== 'Ending' || (this.#effects !== undefined && this.#effects.size > 0)) return
    const scope = this.#scope
    if (scope === undefined) {
      this.#ended(this.#life.reason)
      return
    }
    this.#scope = undefined
    this.adopt(Scope.close(scope, Exit.void), () => {})
  }

  #abandon(reason: ExitReason): void {
    if (this.#life._tag !== 'Ending') return
    const effects = this.#effects?.size ?? 0
    if (effects > 0) {
      const { path } = this.owner
      this.kernel.abandoned.push({ path, epoch: this.epoch, effects, at: this.kernel.clock.now() })
    }
    this.#ended(reason)
  }

  #ended(reason: ExitReason): void {
    this.#deadline?.cancel()
    this.#life = { _tag: 'Ended', reason }
    this.#stopInspecting?.()
    this.owner.onEnded(this, reason)
  }
}
