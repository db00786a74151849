// What is known of one random world, from what it tells its inspectors: the fate of each message, who lives, and
// which restarts were due. It knows the rules by itself, not by the code that is to keep them.

import type { Inspection, MailboxOptions } from '../../src/index.ts'
import type { Message } from './worker.ts'

interface Fate {
  readonly from: string
  readonly type: string
  /** How often: a constant is told many times. */
  sent: number
  received: number
  dead: number
  ran: number
  offeredAgain: number
  lost: number
  /** It was sent by an incarnation that was over: it may not arrive. */
  forbidden: boolean
}

export interface Laws {
  readonly mailbox: MailboxOptions
  readonly redeliver: number
  /** The supervisor whose restarts are counted exactly, if this world has one. */
  readonly exact?: { readonly path: string; readonly intensity: number; readonly periodMs: number }
}

export class Books {
  readonly violations: string[] = []
  readonly live = new Set<string>()
  /** How often each thing happened: a rule that was never tried holds nothing. */
  readonly tally = {
    received: 0,
    dead: 0,
    /** The very object had been told before. */
    toldAgain: 0,
    deferred: 0,
    lost: 0,
    offeredAgain: 0,
    /** Sent by incarnations that were over. */
    forbidden: 0,
    failures: 0,
    kills: 0,
    restarts: 0,
    /** Deaths that the exact supervisor has answered: with a restart, or with its own end. */
    restartsWithin: 0,
    gaveUp: 0,
  }
  readonly #laws: Laws
  /** By receiver and number: one object may be told to several. */
  readonly #fates = new Map<string, Fate>()
  readonly #lastOf = new Map<string, number>()
  #deaths: number[] = []
  /** What each death of a child is to lead to, in their order, as long as it has not. */
  #due: ('restart' | 'end')[] = []

  constructor(laws: Laws) {
    this.#laws = laws
  }

  /** A message is about to be sent. */
  sends(message: Message, to: string, forbidden = false): void {
    const { id, from, type } = message
    if (forbidden) this.tally.forbidden += 1
    const known = this.#fates.get(`${to} ${id}`)
    if (known !== undefined) {
      known.sent += 1
      this.tally.toldAgain += 1
      return
    }
    this.#fates.set(`${to} ${id}`, {
      from,
      type,
      sent: 1,
      received: 0,
      dead: 0,
      ran: 0,
      offeredAgain: 0,
      lost: 0,
      forbidden,
    })
  }

  /** A message was refused at the door: its sender knows, and nothing more is owed. */
  refused(message: Message, to: string): void {
    this.#fates.delete(`${to} ${message.id}`)
  }

  ran(to: string, id: number): void {
    const fate = this.#fates.get(`${to} ${id}`)
    if (fate === undefined) this.#violated(`message ${id} ran at ${to}, and nobody had sent it`)
    else fate.ran += 1
  }

  readonly inspect = (event: Inspection): void => {
    switch (event._tag) {
      case 'MessageReceived':
        this.#received(event.path, event.message as Message)
        return
      case 'MessageDead': {
        const fate = this.#fateOf(event.path, event.message)
        // What is unhandled was received before.
        if (fate !== undefined && event.why !== 'Unhandled') {
          fate.dead += 1
          this.tally.dead += 1
        }
        return
      }
      case 'MessageDeferred':
        this.tally.deferred += 1
        return
      case 'MailboxDepth':
        if (event.depth > this.#laws.mailbox.capacity) this.#violated(`${event.path} holds ${event.depth}`)
        return
      case 'ActorStarted':
        if (this.live.has(event.path)) this.#violated(`${event.path} lives twice`)
        this.live.add(event.path)
        if (event.path === this.#laws.exact?.path) {
          this.#deaths = []
          this.#due = []
        }
        return
      case 'ActorRestarted':
        this.tally.restarts += 1
        this.#restarted(event.path)
        return
      case 'ActorStopped':
        this.#stopped(event)
        return
      default:
        return
    }
  }

  /** Everything has come to rest. */
  rest(): void {
    if (this.#due.length > 0) this.#violated(`deaths that led to nothing: ${this.#due}`)
    this.#due = []
  }

  /** After the end of the world: every message has met its fate, once. */
  close(): void {
    for (const path of this.live) this.#violated(`${path} outlived its system`)
    for (const [key, fate] of this.#fates) {
      const { sent, received, dead, ran, offeredAgain, lost, forbidden, from, type } = fate
      const say = (what: string) => this.#violated(`${type} from ${from} to ${key} ${what}`)
      if (forbidden) {
        if (received > 0 || ran > 0) say('took effect though its sender was over')
        continue
      }
      // What is sent back goes past the mailbox, and may die with its incarnation.
      if (type === 'late' && received + dead === 0) continue
      const expected = sent + offeredAgain
      if (received + dead !== expected)
        say(`arrived ${received} times, died ${dead}, offered again ${offeredAgain}`)
      const { redeliver } = this.#laws
      if (offeredAgain > redeliver * sent) say(`was offered again ${offeredAgain} times`)
      if (offeredAgain < redeliver * lost) say(`was lost after it was offered again ${offeredAgain} times`)
      if (ran > received) say(`ran ${ran} times, and was received ${received}`)
      if (ran < received - offeredAgain - lost && type !== 'later' && type !== 'open' && type !== 'close')
        say(`was received ${received} times, and ran ${ran}`)
    }
  }

  #fateOf(to: string, message: object): Fate | undefined {
    return this.#fates.get(`${to} ${(message as Message).id}`)
  }

  #received(to: string, message: Message): void {
    const fate = this.#fateOf(to, message)
    if (fate === undefined) {
      this.#violated(`${to} received ${message.id}, which nobody had sent`)
      return
    }
    fate.received += 1
    this.tally.received += 1
    // Deferred messages wait for their state, so that others overtake them, but never one another.
    const line = `${message.from} ${to} ${message.type === 'later' || message.type === 'ask'}`
    const last = this.#lastOf.get(line) ?? -1
    if (message.id < last) this.#violated(`${to} received ${message.id} of ${message.from} after ${last}`)
    this.#lastOf.set(line, message.id)
  }

  #stopped({ path, reason, inProcess, at }: Extract<Inspection, { _tag: 'ActorStopped' }>): void {
    if (!this.live.delete(path)) this.#violated(`${path} ended, and was not alive`)
    for (const other of this.live) {
      if (other.startsWith(path === '/' ? path : `${path}/`) && other !== path)
        this.#violated(`${other} outlived ${path}`)
    }
    const fate = inProcess && this.#fateOf(path, inProcess.message)
    const became = inProcess?.fate === 'OfferedAgain' ? 'offeredAgain' : 'lost'
    if (fate !== undefined) {
      fate[became] += 1
      this.tally[became] += 1
    }
    if (reason._tag === 'Failure') this.tally.failures += 1
    if (reason._tag === 'Killed') this.tally.kills += 1
    const { exact } = this.#laws
    if (exact === undefined) return
    if (path === exact.path) {
      const gaveUp = reason._tag === 'Shutdown' && reason.cause !== undefined
      if (gaveUp && this.#due.join() !== 'end') this.#violated(`${path} gave up, due was ${this.#due}`)
      if (gaveUp) this.tally.gaveUp += 1
      return
    }
    const isChild = path.startsWith(`${exact.path}/`) && !path.slice(exact.path.length + 1).includes('/')
    if (!isChild || reason._tag === 'Shutdown' || this.#due.at(-1) === 'end') return
    // A restart that is as old as the period still counts.
    this.#deaths = [...this.#deaths.filter(death => at - death <= exact.periodMs), at]
    this.#due.push(this.#deaths.length > exact.intensity ? 'end' : 'restart')
  }

  #restarted(path: string): void {
    const { exact } = this.#laws
    if (exact === undefined || !path.startsWith(`${exact.path}/`)) return
    if (this.#due.shift() === 'restart') this.tally.restartsWithin += 1
    else this.#violated(`${path} was restarted beyond the intensity of ${exact.path}`)
  }

  #violated(what: string): void {
    this.violations.push(what)
  }
}
