// A page that dialled back and was let in: its lanes, its requests, its beats, over one socket. Not the connection's
// life: what to do about a silent link or a lost socket is decided by connection.machine; a page that dials back
// after its socket dropped is a new LivePage, which takes over the lanes that lived on.
import { ConnectionLost, LaneHung, LaneLost } from '../../errors.ts'
import { FrameError } from '../../protocol/frameError.ts'
import type {
  Backend,
  Begin,
  BrowserIdentity,
  Capabilities,
  Failed,
  Hello,
  HostMessage,
  LaneOpened,
  Leave,
  Loaded,
  Notes,
  PageMessage,
  Part,
  Progress,
  Result,
  Unloaded,
} from '../../protocol/messages.ts'
import { fromWireError, type WireError } from '../../protocol/wireErrors.ts'
import { type Beats, type Finding, Heartbeat, type HeartbeatLimits } from './Heartbeat.ts'
import { type Lane, type LaneReport, PageLane } from './Lane.ts'
import { LaneOpenings } from './LaneOpenings.ts'
import type { Link } from './Link.ts'
import { Requests } from './Requests.ts'
import type { AnswerFault, StrayCounts } from './StrayAnswers.ts'
import type { Trust } from './Trust.ts'
import { UnaskedFrames, unaskedPerSecond } from './UnaskedFrames.ts'

/** A connection as the pool sees it while it is up. */
export interface LiveConnection {
  readonly id: string
  readonly browser: BrowserIdentity
  readonly capabilities: Capabilities
  readonly trust: Trust
  readonly lanes: readonly Lane[]
  /** How well its link beats; absent where nobody listens for that. */
  readonly beats?: Beats
  /**
   * Opens a lane. `threads` are the WASM threads to ask for (default: all that the page can use).
   * Rejects with LaneOpenFailed or ConnectionLost.
   */
  openLane(backend: Backend, threads?: number): Promise<Lane>
  /** Resolves when the connection is gone, with why; never rejects. */
  readonly lost: Promise<string>
}

/** Trouble that the lanes' own restart does not mend, and its end. */
export type Trouble =
  | Extract<Finding, { _tag: 'LinkSilent' | 'MainHung' }>
  /** The link spoke again after it had been found silent. */
  | { readonly _tag: 'LinkHeard' }

/** A lane that was at work while its page came back again and again says it for each time. */
const namedAgainMost = 1_000

const unheard = (): void => {}

/** A lane as it is remembered over a lost socket. */
interface KeptLane {
  readonly number: number
  readonly report: LaneReport
  readonly models: PageLane['outputs']
}

type Life =
  | { readonly _tag: 'Up' }
  /** Its link was found silent, and was reported; its socket is open still. */
  | { readonly _tag: 'Silent' }
  /** Its lanes may live on in the page, until it dials back or is done with. */
  | { readonly _tag: 'Lost'; readonly reason: string; readonly kept: readonly KeptLane[] }

export class LivePage implements LiveConnection {
  readonly id: string
  readonly browser: BrowserIdentity
  readonly capabilities: Capabilities
  readonly trust: Trust
  /** The name the page knows itself by; it says it again when it comes back. */
  readonly wireId: string
  readonly link: Link
  readonly lost: Promise<string>
  readonly #requests: Requests
  readonly #heartbeat: Heartbeat
  readonly #lanes = new Map<number, PageLane>()
  readonly #openings: LaneOpenings
  readonly #watch: NodeJS.Timeout
  #life: Life = { _tag: 'Up' }
  #onTrouble: (trouble: Trouble) => void = () => {}
  #onWish: (wish: Leave | Notes) => void = unheard
  /** What it last said of itself before anybody listened. */
  #wishes: (Leave | Notes)[] = []
  readonly #unasked: UnaskedFrames
  /** Roots of the models that it was told to load. */
  readonly #loads = new Set<string>()
  #nextLane = 1
  /** How often it has said of a lane that it is open without having been told to open it. */
  #namedAgain = 0
  #looks = 0
  #markLost: (reason: string) => void = () => {}

  constructor(
    id: string,
    wireId: string,
    hello: Hello,
    link: Link,
    limits: HeartbeatLimits,
    trust: Trust = 'own',
  ) {
    this.id = id
    this.trust = trust
    this.wireId = wireId
    this.browser = hello.browser
    this.capabilities = hello.capabilities
    this.link = link
    this.#requests = new Requests(
      id,
      message => this.#send(message),
      (lane, request) => this.#withdraw(lane, request),
    )
    this.#openings = new LaneOpenings(id)
    this.#heartbeat = new Heartbeat(limits, performance.now())
    this.#unasked = new UnaskedFrames(performance.now())
    this.lost = new Promise(resolve => {
      this.#markLost = resolve
    })
    link.onMessage(message => this.#hear(message))
    void link.closed.then(end => this.end(end.detail))
    this.#watch = setInterval(() => this.#look(), limits.beatMs / 2)
    this.#watch.unref()
  }

  get lanes(): readonly Lane[] {
    return [...this.#lanes.values()]
  }

  get beats(): Beats {
    return this.#heartbeat.beats(performance.now())
  }

  /** Resolves when no lane has anything left to answer, however each request ends. */
  get drained(): Promise<void> {
    return this.#requests.drained
  }

  get stray(): StrayCounts {
    return this.#requests.stray
  }

  /** Who hears of a silent link or a hung main thread; told again at each look while it lasts. */
  onTrouble(listen: (trouble: Trouble) => void): void {
    this.#onTrouble = listen
  }

  /** Who hears that the device wants to leave, and what may put it to sleep; what was said before is told at once. */
  onWish(listen: (wish: Leave | Notes) => void): void {
    this.#onWish = listen
    for (const wish of this.#wishes.splice(0)) listen(wish)
  }

  openLane(backend: Backend, threads = this.capabilities.threads): Promise<Lane> {
    if (this.#life._tag === 'Lost') {
      return Promise.reject(new ConnectionLost({ connection: this.id, reason: this.#life.reason }))
    }
    const lane = this.#nextLane++
    const opening = this.#openings.wait(lane, backend, threads, () => this.#send({ t: 'laneClose', lane }))
    this.#send({ t: 'laneOpen', lane, backend, threads })
    return opening
  }

  /** Whether it was told to load the model whose files stand at `root`. */
  mayFetch(root: string): boolean {
    return this.#loads.has(root)
  }

  /**
   * Takes over the lanes of the same page's former socket: their workers lived on, with their models. What one of them
   * was told to load it may still be fetching.
   */
  adopt(former: LivePage): void {
    this.#nextLane = former.#nextLane
    this.#requests.continueAfter(former.#requests)
    for (const root of former.#loads) this.#loads.add(root)
    if (former.#life._tag !== 'Lost') return
    for (const { number, report, models } of former.#life.kept) this.#addLane(number, report).holds(models)
  }

  /** Ends everything that is in flight; idempotent. The socket is the caller's to close. */
  end(reason: string): void {
    if (this.#life._tag === 'Lost') return
    clearInterval(this.#watch)
    const kept = [...this.#lanes.values()].map(
      lane => ({ number: lane.number, report: lane, models: lane.outputs }) satisfies KeptLane,
    )
    this.#life = { _tag: 'Lost', reason, kept }
    this.#requests.failAll(reason)
    for (const lane of this.#lanes.values()) lane.end(new LaneLost({ lane: lane.id, reason }))
    this.#lanes.clear()
    this.#openings.end(new ConnectionLost({ connection: this.id, reason }))
    this.#markLost(reason)
  }

  /** Tells the page that it is done with and must not come back, and closes its socket. */
  dismiss(reason: string): void {
    this.#send({ t: 'bye', reason })
    this.end(reason)
    this.link.close(1000, reason)
  }

  #send(message: HostMessage): void {
    if (message.t === 'load') this.#loads.add(message.model.root)
    this.link.send(message)
    // A load says nothing when it begins; a lane at work with something else begins it later.
    if (message.t === 'load') this.#beginLoad(message.lane)
  }

  /** A request that the page has not got whole never reaches its lane. */
  #withdraw(lane: number, request: number): boolean {
    const withdrawn = this.link.withdraw(lane, request)
    if (withdrawn) {
      this.#heartbeat.takenBack(lane, request, performance.now())
      this.#beginLoad(lane, request)
    }
    return withdrawn
  }

  /** `besides`: one that is taken back, and still among those that are not answered. */
  #beginLoad(lane: number, besides?: number): void {
    const work = this.#heartbeat.isIdle(lane) ? this.#requests.loadOn(lane, besides) : undefined
    if (work !== undefined) this.#heartbeat.begin(lane, work, performance.now())
  }

  #addLane(number: number, report: LaneReport): PageLane {
    const terminate = () => {
      this.#forget(number)
      this.#send({ t: 'laneClose', lane: number })
    }
    const lane = new PageLane(this.id, number, report, this.#requests, terminate, this.trust)
    this.#lanes.set(number, lane)
    this.#heartbeat.laneOpened(number, performance.now())
    return lane
  }

  #forget(lane: number): void {
    this.#lanes.delete(lane)
    this.#heartbeat.laneClosed(lane)
  }

  #hear(message: PageMessage): void {
    const now = performance.now()
    if (!this.#requests.expects(message) && !this.#unasked.allows(now)) {
      this.#refuse(
        new FrameError('FrameFlood', `more than ${unaskedPerSecond} frames a second that nobody asked for`),
      )
      return
    }
    this.#heartbeat.heard(now)
    if (this.#life._tag === 'Silent') {
      this.#life = { _tag: 'Up' }
      this.#onTrouble({ _tag: 'LinkHeard' })
    }
    switch (message.t) {
      case 'hello':
        this.#refuse(new FrameError('MessageInvalid', 'a second hello'))
        break
      case 'leave':
      case 'notes':
        if (this.#onWish === unheard) this.#wishes = [...this.#wishes.slice(-1), message]
        else this.#onWish(message)
        break
      case 'beat':
        this.#heartbeat.beat(message.mainAgeMs)
        break
      case 'laneBeat':
        this.#heartbeat.laneBeat(message.lane, now)
        break
      case 'laneOpened':
        this.#laneOpened(message)
        break
      case 'laneFailed':
        this.#laneEnded(message.lane, message.error)
        break
      case 'laneClosed':
        this.#laneEnded(message.lane, { code: 'LaneGone', message: 'its worker was closed' })
        break
      default:
        this.#hearOfWork(message, now)
    }
  }

  #hearOfWork(message: Begin | Progress | Part | Loaded | Unloaded | Result | Failed, now: number): void {
    const found = this.#requests.find(message.id)
    if (message.t === 'begin') {
      this.#requests.begin(message.id)
      if (found !== undefined) this.#heartbeat.begin(found.lane, found.work, now)
    } else if (message.t === 'progress') {
      if (found !== undefined) this.#heartbeat.progress(found.lane, message.id, now)
      this.#requests.progress(message)
    } else if (message.t === 'part') {
      if (found !== undefined) this.#heartbeat.progress(found.lane, message.id, now)
      this.#judge(this.#requests.part(message))
    } else {
      this.#judge(this.#requests.answer(message))
      if (found === undefined) return
      // The page's word, not the lane's: it is no sign of life, and whatever else is asked there ends the same way.
      if (message.t === 'failed' && message.error.code === 'LaneGone') {
        this.#laneEnded(found.lane, message.error)
        return
      }
      this.#heartbeat.end(found.lane, message.id, now)
      this.#beginLoad(found.lane)
    }
  }

  /** Our own page is believed to have erred, and its answer is just not taken; somebody else's is shut out. */
  #judge(fault: AnswerFault | undefined): void {
    if (fault !== undefined && this.trust === 'joined') this.#refuse(new FrameError(fault.code, fault.detail))
  }

  #refuse(error: FrameError): void {
    this.link.refuse(error)
    this.end(`frame refused: ${error.message}`)
  }

  #laneOpened(message: LaneOpened): void {
    const { lane } = message
    const opened = this.#openings.opened(message, () => this.#addLane(lane, message))
    if (opened === 'opened') return
    if (opened === 'another') {
      const detail = `lane ${lane} is another than was asked for`
      this.#judge({ code: 'AnswerBeyondAgreed', detail })
    } else if (lane >= this.#nextLane)
      this.#judge({ code: 'AnswerUnasked', detail: `there was no lane ${lane}` })
    // A page that came back names each lane that lived on, and it may have come back often; not for ever.
    else if (++this.#namedAgain > namedAgainMost)
      this.#judge({ code: 'AnswerRepeated', detail: `it has named open lanes ${this.#namedAgain} times` })
    // One that we gave up meanwhile is not wanted any more.
    if (!this.#lanes.has(lane)) this.#send({ t: 'laneClose', lane })
  }

  #laneEnded(number: number, error: WireError): void {
    const { code, message: reason } = error
    this.#openings.failed(number, { code, reason, cause: fromWireError(error) })
    const lane = this.#lanes.get(number)
    this.#forget(number)
    lane?.end(new LaneLost({ lane: lane.id, reason, code }))
  }

  /** Hung lanes are terminated here, at once: nothing above needs to know what else the page does. */
  #look(): void {
    this.#looks += 1
    if (this.#looks % 2 === 0) this.#send({ t: 'hostBeat' })
    for (const finding of this.#heartbeat.check(performance.now())) {
      if (finding._tag === 'LinkSilent' || finding._tag === 'MainHung') {
        if (finding._tag === 'LinkSilent' && this.#life._tag === 'Up') this.#life = { _tag: 'Silent' }
        this.#onTrouble(finding)
        continue
      }
      const lane = this.#lanes.get(finding.lane)
      this.#forget(finding.lane)
      this.#send({ t: 'laneClose', lane: finding.lane })
      const { forMs: afterMs, limit, limitMs } = finding
      lane?.end(new LaneHung({ lane: lane.id, afterMs, limit, limitMs }))
    }
  }
}
