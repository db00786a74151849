// What was asked of one page and is not answered yet: correlation by id, deadlines, cancellation. Not the socket, and
// not the lanes' liveness. Each request ends once for its caller; what the page says after that is counted.
import {
  ConnectionLost,
  DeadlineExceeded,
  LaneHung,
  LaneLost,
  RemoteFailed,
  RequestCancelled,
  RequestRefused,
} from '../../errors.ts'
import { FrameError } from '../../protocol/frameError.ts'
import type {
  Failed,
  HostMessage,
  Load,
  Loaded,
  PageMessage,
  Part,
  Progress,
  Result,
  Run,
  Unload,
  Unloaded,
} from '../../protocol/messages.ts'
import { fromWireError, isRetryable } from '../../protocol/wireErrors.ts'
import { warnOf } from '../warnOf.ts'
import { type Deadline, Deadlines } from './Deadlines.ts'
import type { Work } from './Heartbeat.ts'
import { type AnswerFault, type Placed, StrayAnswers, type StrayCounts } from './StrayAnswers.ts'

type Question = Load | Unload | Run
type Answer = Loaded | Unloaded | Result

export interface AskOptions {
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Takes the parts of a streamed answer; gives back what is wrong with one, which ends the request. */
  readonly onPart?: ((part: Part) => string | undefined) | undefined
  /** What is wrong with a result or a part of one, seen against what was asked; for pages that are not trusted. */
  readonly agree?: ((answer: Result | Part) => string | undefined) | undefined
  /** What to do where the lane is still at the work so many milliseconds after its caller gave it up. */
  readonly stuck?: { readonly afterMs: number; readonly end: () => void } | undefined
}

/** What may answer what; a page that says something else is not believed. */
const answerTo = { load: 'loaded', unload: 'unloaded', run: 'result' } as const

const nameOf = (question: Question): string =>
  question.t === 'load' ? `load ${question.model.key}` : `${question.t} ${question.model}`

/** A timer that is later than this says that the host stood still. */
const lateMs = 250
/** How long the host then listens before it judges. */
const hearingMs = 250

interface Pending {
  readonly expects: Answer['t']
  readonly lane: number
  readonly laneName: string
  readonly work: Work
  /** Of its caller; once that has gone, of the lane where it has one then. */
  deadline: Deadline
  /** Is gone once it has thrown. */
  onProgress: AskOptions['onProgress']
  readonly onPart: AskOptions['onPart']
  readonly agree: AskOptions['agree']
  readonly stuck: AskOptions['stuck']
  resolve(answer: Answer): void
  reject(error: unknown): void
  /** Its caller has gone, by deadline or signal, but the lane may still be at it. */
  abandoned: boolean
  /** The page has said that its lane is at it. */
  begun: boolean
}

export class Requests {
  readonly #connection: string
  readonly #send: (message: HostMessage) => void
  readonly #withdraw: (lane: number, id: number) => boolean
  readonly #pending = new Map<number, Pending>()
  /** Counted, not looked up: a dispatcher asks after every answer. */
  readonly #perLane = new Map<number, number>()
  readonly #stray = new StrayAnswers()
  readonly #deadlines = new Deadlines()
  /** What a lane has said last that it is at, where it has not answered that: by its number. */
  readonly #atWork = new Map<number, number>()
  #nextId = 1
  /** Why the connection was lost. */
  #lost: string | undefined
  readonly #drainWaiters: (() => void)[] = []

  /** `withdraw` takes back a question that has not been sent whole: true where it had not, and now never will be. */
  constructor(
    connection: string,
    send: (message: HostMessage) => void,
    withdraw: (lane: number, id: number) => boolean = () => false,
  ) {
    this.#connection = connection
    this.#send = send
    this.#withdraw = withdraw
  }

  get size(): number {
    return this.#pending.size
  }

  get stray(): StrayCounts {
    return this.#stray.counts
  }

  /** Resolves when nothing is unanswered, those whose caller has gone included. */
  get drained(): Promise<void> {
    if (this.size === 0) return Promise.resolve()
    return new Promise(resolve => this.#drainWaiters.push(resolve))
  }

  /**
   * Goes on with the numbers of the same page's former socket. Its lanes may still be at work on what was asked there;
   * with numbers used twice, an old answer would be taken for the answer to a new request.
   */
  continueAfter(former: Requests): void {
    this.#nextId = former.#nextId
    this.#stray.continueAfter(former.#stray)
  }

  /** Requests that a lane has not answered, those whose caller has gone included. */
  inFlight(lane: number): number {
    return this.#perLane.get(lane) ?? 0
  }

  /** Sends what `make` gives for a fresh id, and waits for its answer. Rejects with a RequestError. */
  ask<A extends Answer>(
    lane: number,
    laneName: string,
    make: (id: number) => Question,
    { deadlineMs, signal, onProgress, onPart, agree, stuck }: AskOptions,
  ): Promise<A> {
    if (this.#lost !== undefined) return Promise.reject(this.#connectionLost(this.#lost, false))
    if (signal?.aborted === true) return Promise.reject(new RequestCancelled({ lane: laneName }))
    const id = this.#nextId++
    const question = make(id)
    this.#perLane.set(lane, this.inFlight(lane) + 1)
    const answered = new Promise<A>((resolve, reject) => {
      const give = (error: unknown): void => this.#abandon(id, error)
      const aborted = (): void => give(new RequestCancelled({ lane: laneName }))
      signal?.addEventListener('abort', aborted, { once: true })
      const done = (): void => signal?.removeEventListener('abort', aborted)
      this.#pending.set(id, {
        expects: answerTo[question.t],
        lane,
        laneName,
        work: { id, name: nameOf(question), deadlineMs },
        deadline: this.#deadlines.after(deadlineMs, () =>
          give(new DeadlineExceeded({ lane: laneName, deadlineMs })),
        ),
        onProgress,
        onPart,
        agree,
        stuck,
        resolve: answer => {
          done()
          resolve(answer as A)
        },
        reject: error => {
          done()
          reject(error)
        },
        abandoned: false,
        begun: false,
      })
    })
    try {
      this.#send(question)
    } catch (error) {
      // Whatever it was: an entry that stayed would hold the lane until its deadline, and then reject to nobody.
      this.#settle(id)?.reject(
        error instanceof FrameError
          ? new RequestRefused({ lane: laneName, code: error.code, reason: error.message })
          : error,
      )
    }
    return answered
  }

  /**
   * Whether a page has reason to say this because of something that was asked of it: an answer, a part that its reader
   * has room for, and once for each request that its lane is at it. What is wrong with an answer is told when it is taken.
   */
  expects(message: PageMessage): boolean {
    switch (message.t) {
      case 'loaded':
      case 'unloaded':
      case 'result':
      case 'failed':
        return true
      case 'part':
        return this.#pending.get(message.id)?.abandoned === false
      case 'begin': {
        const pending = this.#pending.get(message.id)
        if (pending === undefined || pending.begun) return false
        pending.begun = true
        return true
      }
      default:
        return false
    }
  }

  /** Gives an answer to whoever waits for it. One that was not to be given is counted, and said. */
  answer(message: Answer | Failed): AnswerFault | undefined {
    const placed = this.find(message.id)
    if (placed !== undefined && this.#atWork.get(placed.lane) === message.id) this.#atWork.delete(placed.lane)
    const asked = this.#pending.get(message.id)
    if (asked === undefined) return this.#stray.toNobody(message.id, message.id < this.#nextId, 'answer')
    const fault = disagreement(asked, message)
    if (fault !== undefined) return this.#stray.fault('AnswerBeyondAgreed', `request ${message.id}: ${fault}`)
    const pending = this.#settle(message.id)
    if (pending === undefined) return undefined
    if (pending.abandoned) return this.#stray.late()
    if (message.t !== 'failed') {
      pending.resolve(message)
      return undefined
    }
    const { error } = message
    pending.reject(
      new RemoteFailed({
        lane: pending.laneName,
        code: error.code,
        reason: error.message,
        remoteStack: error.stack,
        cause: fromWireError(error),
        // By the code: what a page says of its own failure must not end somebody's request for good.
        mayRunAgain: isRetryable(error.code),
      }),
    )
    return undefined
  }

  /** Its lane has said that it is at this; also of what had ended here when a socket was lost. */
  begin(id: number): void {
    const placed = this.find(id)
    if (placed !== undefined) this.#atWork.set(placed.lane, id)
  }

  progress(message: Progress): void {
    const pending = this.#pending.get(message.id)
    if (pending === undefined || pending.abandoned || pending.onProgress === undefined) return
    try {
      pending.onProgress(message)
    } catch (error) {
      // A caller's own fault. Thrown on, it would go up through the socket and end the host; and the model may be loaded for
      // others too.
      pending.onProgress = undefined
      warnOf(`The onProgress of "${pending.work.name}" threw and is not called again`, error)
    }
  }

  /** A part that nobody asked for is counted; one that is not due ends its request. */
  part(message: Part): AnswerFault | undefined {
    const pending = this.#pending.get(message.id)
    if (pending === undefined) return this.#stray.toNobody(message.id, message.id < this.#nextId, 'part')
    if (pending.onPart === undefined) {
      return this.#stray.fault('AnswerBeyondAgreed', `request ${message.id} was not asked for in parts`)
    }
    const beyond = pending.agree?.(message)
    if (beyond !== undefined)
      return this.#stray.fault('AnswerBeyondAgreed', `request ${message.id}: ${beyond}`)
    if (pending.abandoned) return this.#stray.late()
    const fault = pending.onPart(message)
    if (fault === undefined) return undefined
    const reason = `the page broke its stream: ${fault}`
    const lane = pending.laneName
    this.#abandon(message.id, new RemoteFailed({ lane, code: 'EngineFailed', reason, mayRunAgain: true }))
    return undefined
  }

  /** There is room for so many further parts of this answer. */
  more(id: number, parts: number): void {
    const pending = this.#pending.get(id)
    if (pending === undefined || pending.abandoned) return
    this.#send({ t: 'more', id, lane: pending.lane, parts })
  }

  /**
   * Which lane an unanswered request is on, and what work it is. Also one that ended here when a socket was lost: a lane
   * that lived on may be at it still.
   */
  find(id: number): Placed | undefined {
    return this.#pending.get(id) ?? this.#stray.find(id)
  }

  /** A load that the lane has not answered, if there is one but `besides`: it says nothing when it begins it. */
  loadOn(lane: number, besides?: number): Work | undefined {
    for (const { lane: on, expects, work } of this.#pending.values()) {
      if (on === lane && expects === 'loaded' && work.id !== besides) return work
    }
    return undefined
  }

  /** Ends everything in flight on one lane, each with an error of its own. */
  failLane(lane: number, end: LaneLost | LaneHung): void {
    const begun = this.#begunOn(lane)
    this.#atWork.delete(lane)
    for (const [id, pending] of this.#pending) {
      if (pending.lane === lane) this.#giveUp(id, ofRequest(end, id === begun))
    }
  }

  /** Ends everything in flight, and everything that is asked from now on. */
  failAll(reason: string): void {
    this.#lost ??= reason
    if (this.size === 0) return
    const begun = new Set([...this.#perLane.keys()].map(lane => this.#begunOn(lane)))
    for (const id of [...this.#pending.keys()])
      this.#giveUp(id, this.#connectionLost(this.#lost, begun.has(id)))
    this.#deadlines.clear()
  }

  /** What a lane is at, as far as is known: what it has said, else the oldest that it has not answered. */
  #begunOn(lane: number): number | undefined {
    const said = this.#atWork.get(lane)
    if (said !== undefined) return said
    for (const [id, pending] of this.#pending) if (pending.lane === lane) return id
    return undefined
  }

  #connectionLost(reason: string, begun: boolean): ConnectionLost {
    return new ConnectionLost({ connection: this.#connection, reason, begun })
  }

  /** Ends a request whose answer may be on its way. */
  #giveUp(id: number, error: unknown): void {
    const pending = this.#settle(id)
    if (pending === undefined) return
    const { lane, work } = pending
    this.#stray.unanswered(id, { lane, work })
    pending.reject(error)
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (pending === undefined) return undefined
    this.#pending.delete(id)
    const left = this.inFlight(pending.lane) - 1
    if (left > 0) this.#perLane.set(pending.lane, left)
    else this.#perLane.delete(pending.lane)
    pending.deadline.cancel()
    if (this.#pending.size === 0) for (const resume of this.#drainWaiters.splice(0)) resume()
    return pending
  }

  /**
   * The caller hears now; the entry stays until the lane is done with it, since the lane is not free before. What the
   * lane has not been sent whole it never will be, so nothing of that is waited for.
   */
  #abandon(id: number, error: unknown): void {
    const pending = this.#pending.get(id)
    if (pending === undefined || pending.abandoned) return
    if (this.#withdraw(pending.lane, id)) {
      this.#settle(id)?.reject(error)
      return
    }
    pending.abandoned = true
    pending.deadline.cancel()
    const { stuck } = pending
    if (stuck !== undefined) this.#watchStuck(id, pending, stuck)
    pending.reject(error)
    this.#send({ t: 'cancel', id, lane: pending.lane })
  }

  /** While its lane is at somebody else's work, which came before, it cannot have ended this; then it has all of its time. */
  #watchStuck(id: number, pending: Pending, stuck: NonNullable<Pending['stuck']>): void {
    const isAtIt = (): boolean => this.#begunOn(pending.lane) === id
    const wasAtIt = isAtIt()
    const dueAt = performance.now() + stuck.afterMs
    const judge = (): void => {
      if (wasAtIt && isAtIt()) stuck.end()
      else this.#watchStuck(id, pending, stuck)
    }
    pending.deadline = this.#deadlines.after(stuck.afterMs, () => {
      // The host stood still: what the page said meanwhile is read after its timers. Once: on a busy host all are late.
      if (performance.now() - dueAt > lateMs) pending.deadline = this.#deadlines.after(hearingMs, judge)
      else judge()
    })
  }
}

/** A lane's end as one of its requests has it. */
const ofRequest = (end: LaneLost | LaneHung, begun: boolean): LaneLost | LaneHung => {
  if (end._tag === 'LaneLost') {
    const { lane, reason, code } = end
    return new LaneLost({ lane, reason, code, begun })
  }
  const { lane, afterMs, limit, limitMs } = end
  return new LaneHung({ lane, afterMs, limit, limitMs, begun })
}

const disagreement = ({ expects, agree }: Pending, message: Answer | Failed): string | undefined => {
  if (message.t === 'failed') return undefined
  if (message.t !== expects) return `'${message.t}' came where '${expects}' was asked for`
  return message.t === 'result' ? agree?.(message) : undefined
}
