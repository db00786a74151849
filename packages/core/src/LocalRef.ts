// A ref to an actor of this system, and the part of the actor that outlives its incarnations: the mailbox, the
// watchers, the last snapshot. It decides nothing about restarts: a supervisor moves cells in and out.

import { type Duration, Effect, type Stream } from 'effect'
import type { AnyActorLogic, EventObject, Snapshot } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { ActorRef, AskError, OfferError, ReplyTo, SnapshotListener, Terminated } from './ActorRef.ts'
import { Ask, type Asked, type Asker, type AskHolder, type Questioned } from './Ask.ts'
import { Audience } from './Audience.ts'
import { askEffect } from './askEffect.ts'
import type { Behavior } from './Behavior.ts'
import type { Cell } from './Cell.ts'
import { DeferralRule } from './DeferralRule.ts'
import type { Runnable } from './Dispatcher.ts'
import type { ExitReason } from './ExitReason.ts'
import { ActorStopped, InvalidMessage, InvalidTimeout, MailboxFull } from './errors.ts'
import type { DeadReason } from './Inspection.ts'
import { bury, type Kernel, notify } from './Kernel.ts'
import { listenerStream } from './listenerStream.ts'
import { Envelope, isMessage, Letter, type Mail, messageOf } from './Mail.ts'
import { Mailbox } from './Mailbox.ts'
import { millisecondsOf } from './milliseconds.ts'
import { Orphans } from './Orphans.ts'
import { Outbox } from './Outbox.ts'
import type { Resident } from './Registry.ts'
import { type Trace, traceOfFiber } from './Trace.ts'

type RefLife =
  /** No incarnation now: not yet started, or between two. Messages wait. */
  | { readonly _tag: 'Vacant'; readonly snapshot: Snapshot<unknown> | undefined }
  /** Its incarnation. */
  | Cell
  | {
      readonly _tag: 'Terminated'
      readonly reason: ExitReason
      readonly snapshot: Snapshot<unknown> | undefined
    }

type MessageNews = 'MessageSent' | 'MessageReceived' | 'MessageDeferred'

const vacant: RefLife = { _tag: 'Vacant', snapshot: undefined }

/** Whose ref it is. */
export interface RefOwner {
  /** Has the supervisor terminate the actor. */
  readonly terminate: Effect.Effect<void>
}

export class LocalRef implements ActorRef<EventObject>, Asked, Questioned, Runnable, Resident {
  readonly path: ActorPath
  readonly kernel: Kernel
  readonly #behavior: Behavior<never>
  readonly #mailbox: Mailbox<Mail>
  readonly #deferral: DeferralRule | undefined
  readonly #owner: RefOwner
  readonly outbox: Outbox | undefined
  #life: RefLife = vacant
  #inLine = false
  #audience: Audience | undefined
  /** Told of the deferred asks that are over. */
  #deferred: AskHolder | undefined
  #orphans: Orphans | undefined

  constructor(kernel: Kernel, path: ActorPath, behavior: Behavior<never>, owner: RefOwner) {
    this.path = path
    this.kernel = kernel
    this.#behavior = behavior
    this.#mailbox = new Mailbox(behavior.mailbox)
    this.#deferral = behavior.defer && new DeferralRule(behavior.defer)
    this.#owner = owner
    this.outbox =
      behavior.outbox === 0
        ? undefined
        : new Outbox(
            this,
            behavior.outbox,
            () => this.#wake(),
            error => void this.fail(error),
          )
    kernel.registry.add(this)
  }

  get kind(): 'worker' {
    return 'worker'
  }

  get logic(): AnyActorLogic {
    return this.#behavior.logic
  }

  tell(message: EventObject): void {
    if (!isMessage(message)) {
      this.#refuse(message)
      return
    }
    const trace = this.kernel.turn.trace ?? traceOfFiber()
    this.#put(trace === undefined ? message : new Letter(message, trace))
  }

  /** Delivers before all other messages, whatever the bound: for Terminated and the like. */
  signal(message: EventObject): void {
    if (!isMessage(message)) {
      this.#refuse(message)
      return
    }
    if (this.#life._tag === 'Terminated') {
      this.#bury(message, 'NoSuchActor')
      return
    }
    this.#mailbox.putSystem(message)
    this.#wake()
  }

  offer(message: EventObject): Effect.Effect<void, OfferError> {
    return Effect.callback(resume => {
      if (!isMessage(message)) {
        this.#refuse(message)
        return resume(Effect.fail(new InvalidMessage({ path: this.path, given: message })))
      }
      if (this.#life._tag === 'Terminated') {
        this.#bury(message, 'NoSuchActor')
        return resume(Effect.fail(new ActorStopped({ path: this.path })))
      }
      const { capacity, overflow } = this.#behavior.mailbox
      if (this.#mailbox.isFull && overflow === 'fail') {
        return resume(Effect.fail(new MailboxFull({ path: this.path, capacity })))
      }
      if (!this.#mailbox.isFull || overflow !== 'backPressure') {
        this.tell(message)
        return resume(Effect.void)
      }
      const trace = traceOfFiber()
      const mail = trace === undefined ? message : new Letter(message, trace)
      const leave = this.#mailbox.park(mail, admitted => {
        if (!admitted) this.#bury(message, 'NoSuchActor')
        resume(admitted ? Effect.void : Effect.fail(new ActorStopped({ path: this.path })))
      })
      this.#wake()
      return Effect.sync(leave)
    })
  }

  ask<R>(make: (replyTo: ReplyTo<R>) => EventObject, timeout: Duration.Input): Effect.Effect<R, AskError> {
    return askEffect(this, make, timeout)
  }

  question<R, T>(
    make: (replyTo: ReplyTo<R>) => EventObject,
    timeout: Duration.Input,
    asker: Asker<T>,
    to: T,
  ): { abandon(): void } | undefined {
    const { path, kernel } = this
    const timeoutMs = millisecondsOf(timeout)
    if (Number.isNaN(timeoutMs)) {
      asker.fail(to, new InvalidTimeout({ path, timeout }))
      return undefined
    }
    if (this.#life._tag === 'Terminated') {
      asker.fail(to, new ActorStopped({ path }))
      return undefined
    }
    const trace = traceOfFiber() ?? kernel.turn.trace
    const ask = new Ask(this, timeoutMs, trace, make, asker, to)
    if (isMessage(ask.message)) this.#put(ask as unknown as Ask<never>)
    else ask.refuse(new InvalidMessage({ path, given: ask.message }))
    return ask
  }

  stop(): Effect.Effect<void> {
    return this.#owner.terminate
  }

  watch(listener: (terminated: Terminated) => void): () => void {
    if (this.#life._tag === 'Terminated') {
      notify(this.kernel, listener, { path: this.path, reason: this.#life.reason })
      return () => {}
    }
    // A function of its own, as for a subscription below.
    return this.#hearers.watch(terminated => listener(terminated))
  }

  getSnapshot(): unknown {
    return this.#life._tag === 'Occupied' ? this.#life.getSnapshot() : this.#life.snapshot
  }

  subscribe(listener: SnapshotListener<unknown>): { unsubscribe(): void } {
    const observer = typeof listener === 'function' ? { next: listener } : listener
    // A function of this subscription's own: who subscribes twice hears twice, and leaves once.
    const next = (snapshot: unknown) => observer.next?.(snapshot)
    if (this.#life._tag === 'Occupied') this.#life.observe()
    const leave = this.#hearers.listen(next)
    const unwatch = observer.complete && this.watch(() => observer.complete?.())
    return {
      unsubscribe: () => {
        leave()
        unwatch?.()
      },
    }
  }

  get snapshots(): Stream.Stream<unknown> {
    return listenerStream((next, end) => {
      const present = this.getSnapshot()
      if (present !== undefined) next(present)
      const { unsubscribe } = this.subscribe(next)
      const unwatch = this.watch(end)
      return () => {
        unsubscribe()
        unwatch()
      }
    })
  }

  /** An incarnation moves in. Call it before the cell is started: its entry actions may already be told things. */
  occupy(cell: Cell): void {
    this.#life = cell
    if (this.#audience?.listens === true || this.#deferral !== undefined) cell.observe()
    this.#wake()
  }

  /** The incarnation has ended; what waits in the mailbox waits for the next one. */
  vacate(): void {
    if (this.#life._tag !== 'Occupied') return
    this.#life = { _tag: 'Vacant', snapshot: this.#life.getSnapshot() }
    this.#mailbox.readmit()
  }

  /** Fails the incarnation from outside; false if there is none. */
  fail(error: unknown): boolean {
    if (this.#life._tag !== 'Occupied' || !this.#life.isRunning) return false
    this.#life.fail(error)
    return true
  }

  /** Kills the incarnation from outside; false if there is none. */
  kill(): boolean {
    if (this.#life._tag !== 'Occupied' || !this.#life.isRunning) return false
    this.#life.kill()
    return true
  }

  /** Takes over an ask from an incarnation that has ended without a failure. */
  orphan(ask: Ask<unknown>): void {
    this.#orphans ??= new Orphans()
    this.#orphans.take(ask)
  }

  /** There will be another incarnation. */
  restarting(why: ExitReason): void {
    this.#orphans?.restarting(why)
  }

  /** The actor has ended for good. */
  retire(reason: ExitReason): void {
    if (this.#life._tag === 'Terminated') return
    this.vacate()
    const snapshot = this.getSnapshot() as Snapshot<unknown> | undefined
    this.#life = { _tag: 'Terminated', reason, snapshot }
    this.kernel.registry.remove(this)
    for (const mail of this.#mailbox.drain()) this.#turnAway(mail)
    this.#orphans?.ended()
    this.#audience?.close({ path: this.path, reason })
  }

  inspect(on: boolean): void {
    if (this.#life._tag === 'Occupied') this.#life.inspect(on)
  }

  /** A machine's snapshot changed, by a message or by a timer or an effect of its own. */
  onSnapshot(snapshot: Snapshot<unknown>): void {
    this.#audience?.show(snapshot)
    if (this.#deferral?.changed(snapshot) === true && this.#mailbox.hasAside) {
      this.#mailbox.readmit()
      this.#wake()
    }
  }

  run(budget: number): number {
    let done = 0
    for (; done < budget; done++) {
      const cell = this.#life
      if (cell._tag !== 'Occupied' || !cell.isRunning) break
      const mail = this.outbox?.pauses === true ? this.#mailbox.takeSystem() : this.#mailbox.take()
      if (mail === undefined) break
      this.#deliver(cell, mail)
    }
    this.#inLine = done === budget
    return done
  }

  #deliver(cell: Cell, mail: Mail): void {
    const envelope = mail instanceof Envelope ? mail : undefined
    const message = envelope === undefined ? (mail as EventObject) : envelope.message
    const ask = envelope instanceof Ask ? envelope : undefined
    if (ask?.settled === true) {
      this.#bury(message, 'Expired')
      return
    }
    if (this.#deferral?.defers(cell.getSnapshot(), message.type) === true) {
      this.#defer(envelope ?? new Letter(message))
      this.#inspectMessage('MessageDeferred', message)
      return
    }
    const given = envelope?.trace
    const { inspections, turn } = this.kernel
    if (inspections.active) this.#inspectMessage('MessageReceived', message, given)
    const { outbox, trace } = turn
    turn.outbox = this.outbox
    turn.trace = given
    if (this.#behavior.redeliver === 0) cell.receive(mail, message, ask)
    else {
      this.#mailbox.holdPlace()
      cell.receive(mail, message, ask)
      this.#mailbox.letGo()
    }
    turn.outbox = outbox
    turn.trace = trace
  }

  /** One that is over gives its place back at once: nothing may come for a long time that would find it there. */
  #defer(mail: Envelope): void {
    this.#mailbox.setAside(mail)
    if (!(mail instanceof Ask)) return
    this.#deferred ??= {
      delete: (ask: Ask<unknown>) => {
        if (!this.#mailbox.forget(ask)) return
        this.#bury(ask.message, 'Expired')
        this.#wake()
      },
    }
    mail.holder = this.#deferred
  }

  /** Takes back a message that the actor has failed with, if it may be offered again. */
  offerAgain(mail: Mail): boolean {
    const envelope = mail instanceof Envelope ? mail : new Letter(mail)
    if (envelope.times >= this.#behavior.redeliver) return false
    if (envelope instanceof Ask && envelope.settled) return false
    try {
      envelope.again()
    } catch (error) {
      this.kernel.onListenerError(error)
      return false
    }
    this.#mailbox.letGo()
    this.#mailbox.putBack(envelope)
    return true
  }

  get #hearers(): Audience {
    this.#audience ??= new Audience(this.kernel)
    return this.#audience
  }

  get #hasWork(): boolean {
    return this.outbox?.pauses === true ? this.#mailbox.hasSystemWork : this.#mailbox.hasWork
  }

  /** A machine cannot wait, but what it tells can: in front of this mailbox, at a place in the machine's outbox. */
  #wait(mail: Mail): boolean {
    const { outbox } = this.kernel.turn
    const leave = this.#behavior.mailbox.overflow === 'backPressure' ? outbox?.hold(this) : undefined
    if (leave === undefined) return false
    this.#mailbox.park(mail, admitted => {
      if (!admitted) this.#turnAway(mail)
      leave()
    })
    this.#wake()
    return true
  }

  /** What is no message goes no further, because whoever looks into it would throw. */
  #refuse(given: unknown): void {
    this.#bury({ type: 'shoal.noMessage', given } as EventObject, 'InvalidMessage')
  }

  #turnAway(mail: Mail): void {
    if (mail instanceof Ask) mail.actorEnded()
    this.#bury(messageOf(mail), 'NoSuchActor')
  }

  #put(mail: Mail): void {
    if (this.kernel.inspections.active) this.#inspectMessage('MessageSent', messageOf(mail))
    if (this.#life._tag === 'Terminated') {
      this.#bury(messageOf(mail), 'NoSuchActor')
      return
    }
    const out = this.#mailbox.put(mail)
    if (out !== undefined && !this.#wait(out)) {
      if (out instanceof Ask)
        out.refuse(new MailboxFull({ path: this.path, capacity: this.#behavior.mailbox.capacity }))
      this.#bury(
        messageOf(out),
        this.#behavior.mailbox.overflow.startsWith('drop') ? 'Dropped' : 'MailboxFull',
      )
    }
    this.#wake()
  }

  #wake(): void {
    if (this.#inLine || this.#life._tag !== 'Occupied' || !this.#hasWork) return
    this.#inLine = true
    this.kernel.dispatcher.schedule(this)
  }

  #bury(message: EventObject, why: DeadReason): void {
    bury(this.kernel, this.path, message, why)
  }

  #inspectMessage(_tag: MessageNews, message: EventObject, trace?: Trace): void {
    const { path } = this
    const { inspections, clock } = this.kernel
    if (!inspections.active) return
    const at = clock.now()
    inspections.publish({ _tag, path, at, message, ...(trace && { trace }) })
    if (_tag !== 'MessageReceived') return
    inspections.publish({ _tag: 'MailboxDepth', path, at, depth: this.#mailbox.depth })
  }
}
