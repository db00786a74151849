// One incarnation of an actor: hosts its XState actor, gives it one message at a time, owns the effects that it
// invoked, and ends once, with one ExitReason, when those effects have released what they held. It does not
// restart anything, and it does not queue: LocalRef queues, Supervisor restarts.

import { Cause, Effect, Exit, type Fiber, Scope, Tracer } from 'effect'
import { type AnyActor, type AnyActorRef, createActor, type EventObject, type Snapshot } from 'xstate'
import { guardActions, guardOnSight } from './ActionGuard.ts'
import type { ActorPath } from './ActorPath.ts'
import type { ActorRef } from './ActorRef.ts'
import { Ask } from './Ask.ts'
import type { Behavior } from './Behavior.ts'
import type { SystemLane } from './deathWatch.ts'
import { EventAcceptance } from './EventAcceptance.ts'
import { type ExitReason, failure, killed, normal, shutdown } from './ExitReason.ts'
import { stopLeftBy } from './FailedMachine.ts'
import { type Host, hostOn } from './Host.ts'
import type { InProcess } from './Inspection.ts'
import type { Keeper, Restored } from './Keeper.ts'
import { abandon, bury, type Kernel } from './Kernel.ts'
import { type Mail, messageOf } from './Mail.ts'
import type { Outbox } from './Outbox.ts'
import type { ShutdownLimit } from './ShutdownLimit.ts'
import { BookedClock, TimerBook } from './TimerBook.ts'
import type { Deadline } from './TimerWheel.ts'
import { inTurn, TurnClock } from './Turn.ts'
import { inspectXState } from './xstateInspection.ts'

type CellLife =
  | { readonly _tag: 'Running' }
  /** Its machine has ended; effects still release what they hold. */
  | { readonly _tag: 'Ending'; readonly reason: ExitReason }
  | { readonly _tag: 'Ended'; readonly reason: ExitReason }

/** What a cell tells its owner. */
export interface CellOwner {
  readonly kernel: Kernel
  readonly limit: ShutdownLimit
  readonly path: ActorPath
  readonly self: ActorRef<EventObject> & SystemLane
  readonly outbox: Outbox | undefined
  onSnapshot(snapshot: Snapshot<unknown>): void
  /** Takes back the message that the actor has failed with, to be offered again; false if it is lost. */
  offerAgain(mail: Mail): boolean
  /** Takes over an ask that the incarnation had taken, because it has ended without a failure of its own. */
  orphan(ask: Ask<unknown>): void
  /** Called once. */
  onEnded(cell: Cell, reason: ExitReason): void
}

const running: CellLife = { _tag: 'Running' }

/** What a cell that keeps its state has besides. */
interface Keeping {
  readonly keeper: Keeper
  readonly book: TimerBook
  readonly restored: Restored | undefined
  /** Its state when it was started or restored. */
  first: Snapshot<unknown> | undefined
}

export class Cell implements Host {
  readonly owner: CellOwner
  readonly epoch: number
  readonly #actor: AnyActor
  #life: CellLife = running
  #observed = false
  #asks: Set<Ask<unknown>> | undefined
  #effects: Set<Fiber.Fiber<unknown, unknown>> | undefined
  #scope: Scope.Closeable | undefined
  #acceptance: EventAcceptance | undefined
  #deadline: Deadline | undefined
  #stopInspecting: (() => void) | undefined
  #keeping: Keeping | undefined
  /** The message that it has been given and not done with. */
  #mail: Mail | undefined
  /** The message that it has failed with. */
  inProcess: InProcess | undefined

  constructor(owner: CellOwner, behavior: Behavior<never>, epoch: number, input: unknown, keeper?: Keeper) {
    const { kernel } = owner
    this.owner = owner
    this.epoch = epoch
    const { outbox, path: id } = owner
    const logic = guardActions(behavior.logic)
    const clock = outbox === undefined ? kernel.clock : new TurnClock(kernel.clock, kernel.turn, outbox)
    const inspect = behavior.watchInlineSpawns ? { inspect: guardOnSight } : undefined
    if (keeper === undefined) this.#actor = createActor(logic, { id, clock, input, ...inspect })
    else {
      const booked = new BookedClock(clock)
      const restored = keeper.restore()
      const snapshot = restored && { snapshot: restored.snapshot }
      this.#actor = createActor(logic, { id, clock: booked, input, ...inspect, ...snapshot })
      this.#keeping = { keeper, book: new TimerBook(this.#actor, booked), restored, first: undefined }
    }
    hostOn(this.#actor.system, this)
    if (kernel.inspections.active) this.inspect(true)
    this.#actor.subscribe(this)
  }

  get kernel(): Kernel {
    return this.owner.kernel
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

  hosts(actor: AnyActorRef): boolean {
    return actor === this.#actor
  }

  get isOver(): boolean {
    return this.#life._tag === 'Ended'
  }

  /** As the life of a ref. */
  get _tag(): 'Occupied' {
    return 'Occupied'
  }

  /** From now on tells its owner of each new snapshot. Not from the start: few want to know, and each costs. */
  observe(): void {
    if (this.#observed) return
    this.#observed = true
    // Errors come to the cell itself; an observer without a place for them would have them reported as unhandled.
    this.#actor.subscribe({ next: snapshot => this.owner.onSnapshot(snapshot), error: () => {} })
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
    const { outbox } = this.owner
    inTurn(this.kernel.turn, outbox, undefined, () => this.#actor.start())
    const keeping = this.#keeping
    if (keeping === undefined || this.#life._tag !== 'Running') return
    keeping.first = this.#actor.getSnapshot()
    if (keeping.restored) keeping.book.rearm(keeping.restored.timers, keeping.restored.elapsedMs)
  }

  getSnapshot(): Snapshot<unknown> {
    return this.#actor.getSnapshot()
  }

  /** Gives the machine one message: the mail, what it holds, and the ask that it is, if it is one. */
  receive(mail: Mail, message: EventObject, ask: Ask<unknown> | undefined): void {
    const before = this.#actor.getSnapshot()
    this.#mail = mail
    this.#actor.send(message)
    this.#mail = undefined
    if (ask !== undefined) {
      // Most are answered at once, and with that taken.
      if (ask.settled) return
      this.#keepAsk(ask)
    }
    // XState drops what nothing takes and says nothing. An event that changed something was taken.
    if (this.#actor.getSnapshot() !== before || this.#life._tag !== 'Running') return
    this.#acceptance ??= new EventAcceptance()
    if (!this.#acceptance.declares(before, message.type)) {
      bury(this.kernel, this.owner.path, message, 'Unhandled')
      ask?.untaken()
    }
  }

  /** Until it is answered, an ask ends with this incarnation: its context is the only one that knows of it. */
  #keepAsk(ask: Ask<unknown>): void {
    if (this.#life._tag !== 'Running') return
    this.#asks ??= new Set()
    this.#asks.add(ask)
    ask.holder = this.#asks
  }

  /** Ends with a failure that XState does not see: a defect of an effect, a rejected async action. */
  fail(error: unknown): void {
    this.#end(failure(error))
  }

  /** Ends because the supervisor wants it to. */
  stop(): void {
    this.#end(this.owner.limit === 'brutal' ? killed : shutdown)
  }

  /** Ends at once. What has not been released is abandoned: it goes on, but nothing it does takes effect. */
  kill(): void {
    this.#end(killed)
    this.#abandon(killed)
  }

  adopt<A, E>(effect: Effect.Effect<A, E>, onExit: (exit: Exit.Exit<A, E>) => void): Fiber.Fiber<A, E> {
    // A transition goes on to its end, also one in which the incarnation is stopped or fails.
    return this.#run(this.isRunning ? effect : Effect.interrupt, onExit)
  }

  unheard(exit: Exit.Exit<unknown, unknown>): void {
    if (exit._tag === 'Success' || Cause.hasInterruptsOnly(exit.cause)) return
    this.kernel.log.leftFailed(this.path, Cause.squash(exit.cause))
  }

  #run<A, E>(effect: Effect.Effect<A, E>, onExit: (exit: Exit.Exit<A, E>) => void): Fiber.Fiber<A, E> {
    const { turn } = this.kernel
    const { trace } = turn
    const traced = trace === undefined ? effect : Effect.provideService(effect, Tracer.ParentSpan, trace)
    const fiber = this.kernel.fork(traced)
    this.#effects ??= new Set()
    this.#effects.add(fiber)
    fiber.addObserver(exit => {
      this.#effects?.delete(fiber)
      if (this.#life._tag === 'Ended') this.unheard(exit)
      else inTurn(turn, this.owner.outbox, trace, () => onExit(exit))
      this.#released()
    })
    return fiber
  }

  /** What lives as long as this incarnation: closed after all its effects have ended, before a restart if they end in time. */
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
    if (this.#keeping !== undefined) this.#keep(this.#keeping, reason)
    this.#life = { _tag: 'Ending', reason }
    if (this.#mail !== undefined && reason._tag === 'Failure') this.#returnMail(this.#mail)
    this.#stopMachine()
    if (this.#asks !== undefined) for (const ask of [...this.#asks]) this.#leave(ask, reason)
    if (this.#mail instanceof Ask && this.inProcess?.fate !== 'OfferedAgain') this.#leave(this.#mail, reason)
    if (this.#effects !== undefined) for (const fiber of [...this.#effects]) fiber.interruptUnsafe()
    this.#released()
    if (this.#life._tag !== 'Ending') return
    if (this.owner.limit === 'brutal') this.#abandon(reason)
    else if (this.owner.limit !== 'infinity') {
      const late = reason._tag === 'Failure' ? reason : killed
      this.#deadline = this.kernel.wheel.after(this.owner.limit, () => this.#abandon(late))
    }
  }

  /** An ask that is offered again is not failed: the next incarnation may answer it. */
  #returnMail(mail: Mail): void {
    const message = messageOf(mail)
    this.inProcess = { message, fate: this.owner.offerAgain(mail) ? 'OfferedAgain' : 'Lost' }
  }

  /** An ask that it had taken, and will not answer. */
  #leave(ask: Ask<unknown>, reason: ExitReason): void {
    if (reason._tag === 'Failure') ask.actorFailed(reason.error, 'processing')
    else this.owner.orphan(ask)
  }

  #keep({ keeper, book, restored, first }: Keeping, reason: ExitReason): void {
    const snapshot: Snapshot<unknown> = this.#actor.getSnapshot()
    // What fails with a message, fails with that, not with its state.
    const stillRestored = restored !== undefined && this.#mail === undefined && sameState(first, snapshot)
    const got = first === undefined ? 'Nowhere' : stillRestored ? 'Restored' : 'Further'
    keeper.ended({ reason, snapshot, timers: book.left(), got })
  }

  /** Stops the XState actor and what it invoked. A machine that threw leaves its children running: stop those too. */
  #stopMachine(): void {
    const { status } = this.#actor.getSnapshot() as Snapshot<unknown>
    if (status === 'active') this.#actor.stop()
    else if (status === 'error') stopLeftBy(this.#actor)
  }

  #released(): void {
    if (this.#life._tag === 'Running' || (this.#effects !== undefined && this.#effects.size > 0)) return
    const scope = this.#scope
    if (scope === undefined) {
      if (this.#life._tag === 'Ending') this.#ended(this.#life.reason)
      return
    }
    this.#scope = undefined
    this.#run(Scope.close(scope, Exit.void), exit => this.unheard(exit))
  }

  #abandon(reason: ExitReason): void {
    if (this.#life._tag !== 'Ending') return
    const effects = this.#effects?.size ?? 0
    if (effects > 0) {
      const { kernel, path, epoch } = this
      abandon(kernel, { path, epoch, effects, at: kernel.clock.now() })
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

/** A failure leaves the state in a snapshot of its own. */
function sameState(first: object | undefined, last: object): boolean {
  return (
    first !== undefined &&
    Object.entries(first).every(([key, value]) => key in stateless || Reflect.get(last, key) === value)
  )
}

const stateless = { status: true, error: true, output: true }
