// The page's side of its connection: dials the host, says hello, beats, hands frames between socket and lanes, and
// comes back when the socket drops. Runs in the link worker, so neither a busy lane nor a busy page silences it.

import { decodeHostFrame, encodeFrame, type FrameRoute, peekFrame } from '../protocol/codec.ts'
import type {
  BrowserIdentity,
  Capabilities,
  HostMessage,
  PageMessage,
  Refused,
  Welcome,
} from '../protocol/messages.ts'
import { defaultLimits, protocolVersion } from '../protocol/messages.ts'
import type { FrameParts, Place } from '../protocol/Outbox.ts'
import { isRetryable, LaneError, toWireError } from '../protocol/wireErrors.ts'
import type { askHost } from './askHost.ts'
import type { DeviceNotes, FromLink, Port, StartLink } from './innerMessages.ts'
import { LaneWorkers } from './LaneWorkers.ts'
import { LinkReport } from './LinkReport.ts'
import { Pulse } from './Pulse.ts'
import { afterRefusal, backOffMs, slowRetryMs } from './reconnect.ts'
import { asSentence } from './status/statusText.ts'
import type { Wire, WireEvents } from './Wire.ts'

/** Longer than the host gives what is in flight: it says goodbye then, unless it is gone. */
const leaveLimitMs = 10_000

/** A host answers a hello at once. One that never does is out of reach, though its socket may stay open for minutes. */
const welcomeLimitMs = 30_000

/** Frames that a lane answers; the link worker hands them on unread. */
const forLanes = new Set(['load', 'unload', 'run', 'cancel', 'more'])

type State =
  | { readonly _tag: 'Dialling'; readonly wire: Line }
  | { readonly _tag: 'Connected'; readonly wire: Line; readonly welcome: Welcome }
  /** As connected, but it has said that it wants to go: it does not come back. */
  | {
      readonly _tag: 'Leaving'
      readonly wire: Line
      readonly welcome: Welcome
      readonly limit: ReturnType<typeof setTimeout>
    }
  | { readonly _tag: 'Waiting'; readonly timer: ReturnType<typeof setTimeout> }
  | { readonly _tag: 'Ended' }

/** What of a Wire it needs. */
type Line = Pick<Wire, 'admit' | 'send' | 'withdraw' | 'dropLane' | 'take' | 'close'>

export interface LinkClientOptions {
  readonly start: StartLink
  readonly browser: BrowserIdentity
  readonly capabilities: Capabilities
  readonly post: (message: FromLink, transfer?: Port[]) => void
  readonly dial: (url: string, events: WireEvents) => Line
  readonly ask: typeof askHost
  /** What the paths that the host says are relative to. */
  readonly origin: string
}

export class LinkClient {
  readonly #options: LinkClientOptions
  readonly #lanes: LaneWorkers
  #state: State = { _tag: 'Ended' }
  readonly #report: LinkReport
  #notes: DeviceNotes | undefined
  #attempt = 0
  #resume: string | undefined
  #beatTimer: ReturnType<typeof setInterval> | undefined
  #pulse = new Pulse(1_000, false, performance.now())
  #asking = false

  constructor(options: LinkClientOptions) {
    const { start, browser, capabilities, post, origin } = options
    this.#options = options
    this.#resume = start.former?.connection
    this.#lanes = new LaneWorkers({
      send: (parts, place) => this.#sendFrame(parts, place),
      changed: () => this.#report.changed(),
      spawn: (worker, port) => post({ kind: 'spawn', worker, port }, [port]),
      terminate: worker => post({ kind: 'terminate', worker }),
      origin,
    })
    this.#report = new LinkReport({
      browser,
      capabilities,
      connection: () => this.#resume,
      lanes: () => this.#lanes,
      say: status => post({ kind: 'status', status }),
    })
  }

  connect(): void {
    const { start, dial } = this.#options
    this.#report.show('connecting', 'dialling the host')
    const isCurrent = () => this.#wire === wire
    const wire = dial(start.socketUrl, {
      opened: () => this.#hello(),
      came: data => {
        if (isCurrent()) this.#came(wire, data)
      },
      closed: code => {
        if (isCurrent()) this.#wait(this.#nextWaitMs(), `the socket closed (${code})`)
      },
    })
    this.#state = { _tag: 'Dialling', wire }
    setTimeout(() => {
      if (this.#state._tag === 'Dialling' && this.#state.wire === wire) this.#drop('the host did not answer')
    }, welcomeLimitMs)
  }

  /** Of the socket that it has. */
  get #wire(): Line | undefined {
    return 'wire' in this.#state ? this.#state.wire : undefined
  }

  /** What the host said when it let it in, while it is in. */
  get #welcomed(): Welcome | undefined {
    return 'welcome' in this.#state ? this.#state.welcome : undefined
  }

  #hello(): void {
    const { start, browser, capabilities } = this.#options
    this.#send({
      t: 'hello',
      protocol: protocolVersion,
      build: start.build,
      token: start.token,
      browser,
      capabilities,
      ...(this.#resume === undefined ? {} : { resume: this.#resume }),
      ...(start.device === undefined ? {} : { device: start.device }),
    })
  }

  mainAnswered(): void {
    this.#pulse.mainAnswered()
  }

  laneBroke(worker: number, reason: string): void {
    this.#lanes.broke(worker, reason)
  }

  /** A device that joined says so first, and goes when the host lets it: what it has may end. Said twice it goes at once. */
  leave(detail: string): void {
    const state = this.#state
    if (state._tag !== 'Connected' || state.welcome.device === undefined) {
      this.#end('left', detail)
      return
    }
    this.#send({ t: 'leave' })
    const limit = setTimeout(() => this.#end('left', detail), leaveLimitMs)
    this.#state = { ...state, _tag: 'Leaving', limit }
    this.#report.show('leaving', 'it gets no new work; what it has may end')
  }

  /** What may put the device to sleep; it matters to the host where the device is somebody's. */
  note(notes: DeviceNotes): void {
    this.#notes = notes
    this.#report.noted(notes)
    this.#sayNotes()
  }

  #sayNotes(): void {
    if (this.#welcomed?.device === undefined || this.#notes === undefined) return
    this.#send({ t: 'notes', ...this.#notes })
  }

  #came(wire: Line, data: ArrayBuffer): void {
    this.#pulse.hostHeard(performance.now())
    try {
      const frame = wire.take(data)
      if (frame === undefined) return
      if (this.#welcomed !== undefined) {
        const route = peekFrame(frame, defaultLimits)
        if (forLanes.has(route.t)) {
          this.#pass(wire, route, frame.buffer)
          return
        }
      }
      this.#obey(decodeHostFrame(frame))
    } catch (error) {
      this.#drop(error instanceof Error ? error.message : String(error))
    }
  }

  #pass(wire: Line, route: FrameRoute, frame: ArrayBuffer): void {
    const { lane, id, t } = route
    if (t === 'cancel' && lane !== undefined && id !== undefined && wire.withdraw({ lane, id })) {
      const error = new LaneError('Cancelled', 'cancelled while its answer was on the way')
      // Behind the parts of the answer that wait still.
      this.#send({ t: 'failed', id, error: toWireError(error), retryable: false }, { lane })
      // Of a load the lane must know: nobody has heard that it holds the model.
      this.#lanes.pass(route, frame)
      return
    }
    if (this.#lanes.pass(route, frame)) return
    if (id === undefined || t === 'cancel' || t === 'more') return
    const error = new LaneError(
      'LaneGone',
      `'${t}' was for lane ${lane}, which is not open here: open it first`,
    )
    // Behind what its lane said: that it failed may wait there still, and says more.
    const place = lane === undefined ? undefined : { lane }
    this.#send({ t: 'failed', id, error: toWireError(error), retryable: isRetryable('LaneGone') }, place)
  }

  #obey(message: HostMessage): void {
    if (message.t === 'welcome') this.#welcome(message)
    else if (message.t === 'refused') this.#refused(message)
    else if (message.t === 'bye') this.#bye(message.reason)
    else this.#obeyAsMember(message)
  }

  #obeyAsMember(message: HostMessage): void {
    const welcome = this.#welcomed
    if (welcome === undefined) throw new Error(`'${message.t}' came before the welcome`)
    if (message.t === 'laneOpen') this.#lanes.open(message, welcome)
    else if (message.t === 'laneClose') {
      this.#wire?.dropLane(message.lane)
      this.#lanes.close(message.lane)
    }
  }

  #welcome(welcome: Welcome): void {
    if (this.#state._tag !== 'Dialling') throw new Error('a second welcome came')
    const { wire } = this.#state
    wire.admit(welcome.limits.maxFrameBytes)
    this.#state = { _tag: 'Connected', wire, welcome }
    this.#attempt = 0
    this.#pulse = this.#pulse.renewed(welcome.beatMs, welcome.hostBeats === true, performance.now())
    this.#beatTimer = setInterval(() => this.#beat(), welcome.beatMs)
    this.#report.welcomed(welcome.connection, welcome.device)
    if (this.#resume === welcome.connection) this.#resumed()
    else this.#lanes.closeAll()
    this.#resume = welcome.connection
    this.#sayNotes()
    this.#beat()
  }

  /** What lives on is named again, and what does not; what a link worker before this one had is gone. */
  #resumed(): void {
    for (const lane of this.#options.start.former?.lanes ?? []) {
      if (!this.#lanes.has(lane)) this.#send({ t: 'laneClosed', lane })
    }
    this.#lanes.announce()
  }

  #beat(): void {
    const { mainAgeMs, hostSilent } = this.#pulse.read(performance.now())
    this.#pulse.mainAsked(performance.now())
    this.#options.post({ kind: 'ping' })
    this.#send({ t: 'beat', mainAgeMs: Math.round(mainAgeMs) })
    if (hostSilent) this.#ask()
  }

  /** A socket that carries nothing any more, or a host that is paused: only the first is dialled again. */
  #ask(): void {
    const [wire, welcome] = [this.#wire, this.#welcomed]
    if (this.#asking || welcome === undefined) return
    this.#asking = true
    this.#options.ask(this.#options.start.socketUrl, welcome.beatMs, {
      answered: () => {
        if (this.#wire === wire && this.#pulse.isHostSilent(performance.now()))
          this.#drop('the socket carries nothing any more', 0)
      },
      over: () => {
        this.#asking = false
      },
    })
  }

  #refused({ code, message, advice }: Refused): void {
    this.#report.refused(code)
    const detail = `${asSentence(message)} ${asSentence(advice)}`
    const next = afterRefusal(code)
    if (next === 'retrySlowly') {
      this.#drop(detail, slowRetryMs)
    } else if (next === 'startAfresh') {
      this.#lanes.closeAll()
      this.#resume = undefined
      this.#drop(detail)
    } else {
      this.#end('refused', detail)
      if (next === 'reload') this.#options.post({ kind: 'staleBuild', message: detail })
    }
  }

  #nextWaitMs(): number {
    return backOffMs(this.#attempt++, Math.random())
  }

  /** Gives this socket up and comes back later. */
  #drop(detail: string, waitMs = this.#nextWaitMs()): void {
    const wire = this.#wire
    this.#wait(waitMs, detail)
    wire?.close(4000, 'dropped by the page')
  }

  #wait(ms: number, detail: string): void {
    if (this.#state._tag === 'Leaving') {
      // What it had is lost; one that comes back is given work again.
      this.#bye()
      return
    }
    clearInterval(this.#beatTimer)
    this.#state = { _tag: 'Waiting', timer: setTimeout(() => this.connect(), ms) }
    this.#report.show('waiting', `${detail}; trying again in ${(ms / 1000).toFixed(1)} s`)
  }

  #bye(reason = 'the host is done with this page'): void {
    if (this.#state._tag === 'Leaving') this.#end('left', 'this browser does nothing for the host any more')
    else this.#end('ended', reason)
  }

  #end(phase: 'refused' | 'ended' | 'left', detail: string): void {
    const state = this.#state
    clearInterval(this.#beatTimer)
    if (state._tag === 'Waiting') clearTimeout(state.timer)
    if (state._tag === 'Leaving') clearTimeout(state.limit)
    const wire = this.#wire
    this.#state = { _tag: 'Ended' }
    this.#lanes.closeAll()
    wire?.close(1000, 'done')
    this.#report.show(phase, detail)
  }

  #send(message: PageMessage, place?: Place): void {
    this.#sendFrame(encodeFrame(message), place)
  }

  /**
   * What is of a lane's work keeps its order and waits for its turn; everything else leaves at once. Frames made while
   * there is no socket are dropped: the host counts their work as lost by then.
   */
  #sendFrame(parts: FrameParts, place?: Place): void {
    this.#wire?.send(parts, place)
  }
}
