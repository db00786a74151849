// The page's side of its connection: dials the host, says hello, beats, hands frames between socket and lanes, and
// comes back when the socket drops. Runs in the link worker, so neither a busy lane nor a busy page silences it.

import { decodeHostFrame, encodeFrame, type FrameRoute, peekFrame } from '../protocol/codec.ts'
import type {
  BrowserIdentity,
  Capabilities,
  DeviceWelcome,
  HostMessage,
  PageMessage,
  RefusalCode,
  Refused,
  Welcome,
} from '../protocol/messages.ts'
import { defaultLimits, protocolVersion } from '../protocol/messages.ts'
import type { FrameParts, Place } from '../protocol/Outbox.ts'
import { restReason } from '../protocol/resting.ts'
import { isRetryable, LaneError, toWireError } from '../protocol/wireErrors.ts'
import { askHost } from './askHost.ts'
import type { DeviceNotes, FromLink, LinkPhase, LinkStatus, StartLink } from './innerMessages.ts'
import { LaneWorkers } from './LaneWorkers.ts'
import { Pulse } from './Pulse.ts'
import { afterRefusal, backOffMs, slowRetryMs } from './reconnect.ts'
import { asSentence } from './status/statusText.ts'
import { Wire } from './Wire.ts'

/** Longer than the host gives what is in flight: it says goodbye then, unless it is gone. */
const leaveLimitMs = 10_000

/** A host answers a hello at once. One that never does is out of reach, though its socket may stay open for minutes. */
const welcomeLimitMs = 30_000

/** Frames that a lane answers; the link worker hands them on unread. */
const forLanes = new Set(['load', 'unload', 'run', 'cancel', 'more'])

type State =
  | { readonly _tag: 'Dialling'; readonly wire: Wire }
  | { readonly _tag: 'Connected'; readonly wire: Wire; readonly welcome: Welcome }
  | { readonly _tag: 'Waiting'; readonly timer: ReturnType<typeof setTimeout> }
  | { readonly _tag: 'Ended' }

export class LinkClient {
  readonly #start: StartLink
  readonly #browser: BrowserIdentity
  readonly #capabilities: Capabilities
  readonly #post: (message: FromLink, transfer?: MessagePort[]) => void
  readonly #lanes: LaneWorkers
  #state: State = { _tag: 'Ended' }
  #phase: LinkPhase = 'connecting'
  #detail = ''
  #device: DeviceWelcome | undefined
  #refusal: RefusalCode | undefined
  #notes: DeviceNotes | undefined
  #attempt = 0
  #resume: string | undefined
  #beatTimer: ReturnType<typeof setInterval> | undefined
  #statusTimer: ReturnType<typeof setTimeout> | undefined
  #pulse = new Pulse(1_000, false, performance.now())
  #asking = false

  constructor(
    start: StartLink,
    browser: BrowserIdentity,
    capabilities: Capabilities,
    post: (message: FromLink, transfer?: MessagePort[]) => void,
  ) {
    this.#start = start
    this.#browser = browser
    this.#capabilities = capabilities
    this.#resume = start.former?.connection
    this.#post = post
    this.#lanes = new LaneWorkers({
      send: (parts, place) => this.#sendFrame(parts, place),
      changed: () => this.#changed(),
      spawn: (worker, port) => post({ kind: 'spawn', worker, port }, [port]),
      terminate: worker => post({ kind: 'terminate', worker }),
      origin: location.origin,
    })
  }

  connect(): void {
    this.#show('connecting', 'dialling the host')
    const wire = new Wire(this.#start.socketUrl)
    const { socket } = wire
    this.#state = { _tag: 'Dialling', wire }
    socket.onopen = () => {
      this.#send({
        t: 'hello',
        protocol: protocolVersion,
        build: this.#start.build,
        token: this.#start.token,
        browser: this.#browser,
        capabilities: this.#capabilities,
        ...(this.#resume === undefined ? {} : { resume: this.#resume }),
        ...(this.#start.device === undefined ? {} : { device: this.#start.device }),
      })
    }
    setTimeout(() => {
      if (this.#state._tag === 'Dialling' && this.#state.wire === wire) this.#drop('the host did not answer')
    }, welcomeLimitMs)
    socket.onmessage = (event: MessageEvent<unknown>) => this.#onMessage(wire, event.data)
    socket.onclose = event => {
      if (
        (this.#state._tag === 'Dialling' || this.#state._tag === 'Connected') &&
        this.#state.wire === wire
      ) {
        this.#wait(backOffMs(this.#attempt++, Math.random()), `the socket closed (${event.code})`)
      }
    }
  }

  mainAnswered(): void {
    this.#pulse.mainAnswered()
  }

  laneBroke(worker: number, reason: string): void {
    this.#lanes.broke(worker, reason)
  }

  /** A device that joined says so first, and goes when the host lets it: what it has may end. */
  leave(detail: string): void {
    if (this.#state._tag !== 'Connected' || this.#device === undefined || this.#phase === 'leaving') {
      this.#end('left', detail)
      return
    }
    this.#send({ t: 'leave' })
    this.#show('leaving', 'it gets no new work; what it has may end')
    setTimeout(() => this.#end('left', detail), leaveLimitMs)
  }

  /** What may put the device to sleep; it matters to the host where the device is somebody's. */
  note(notes: DeviceNotes): void {
    this.#notes = notes
    this.#sayNotes()
    this.#changed()
  }

  #sayNotes(): void {
    if (this.#state._tag !== 'Connected' || this.#device === undefined || this.#notes === undefined) return
    this.#send({ t: 'notes', ...this.#notes })
  }

  #onMessage(wire: Wire, data: unknown): void {
    if (!(data instanceof ArrayBuffer)) return
    this.#pulse.hostHeard(performance.now())
    try {
      const frame = wire.take(data)
      if (frame === undefined) return
      if (this.#state._tag === 'Connected') {
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

  #pass(wire: Wire, route: FrameRoute, frame: ArrayBuffer): void {
    const { lane, id, t } = route
    if (t === 'cancel' && lane !== undefined && id !== undefined && wire.withdraw({ lane, id })) {
      const error = new LaneError('Cancelled', 'cancelled while its answer was on the way')
      // Behind the parts of the answer that wait still.
      this.#send({ t: 'failed', id, error: toWireError(error), retryable: false }, { lane })
      return
    }
    if (this.#lanes.pass(route, frame)) return
    if (id === undefined || t === 'cancel' || t === 'more') return
    const error = new LaneError(
      'LaneGone',
      `'${t}' was for lane ${lane}, which is not open here: open it first`,
    )
    this.#send({ t: 'failed', id, error: toWireError(error), retryable: isRetryable('LaneGone') })
  }

  #obey(message: HostMessage): void {
    if (message.t === 'welcome') this.#welcome(message)
    else if (message.t === 'refused') this.#refused(message)
    else if (message.t === 'bye') this.#bye(message.reason)
    else if (this.#state._tag !== 'Connected') throw new Error(`'${message.t}' came before the welcome`)
    else if (message.t === 'laneOpen') this.#lanes.open(message, this.#state.welcome)
    else if (message.t === 'laneClose') {
      this.#state.wire.dropLane(message.lane)
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
    this.#device = welcome.device
    this.#refusal = undefined
    this.#show('connected', welcome.device === undefined ? `as ${welcome.connection}` : '')
    if (this.#resume === welcome.connection) this.#resumed()
    else this.#lanes.closeAll()
    this.#resume = welcome.connection
    this.#sayNotes()
    this.#beat()
  }

  /** What lives on is named again; what a link worker before this one had is gone. */
  #resumed(): void {
    for (const lane of this.#start.former?.lanes ?? []) {
      if (!this.#lanes.has(lane)) this.#send({ t: 'laneClosed', lane })
    }
    this.#lanes.announce()
  }

  #beat(): void {
    const { mainAgeMs, hostSilent } = this.#pulse.read(performance.now())
    this.#pulse.mainAsked(performance.now())
    this.#post({ kind: 'ping' })
    this.#send({ t: 'beat', mainAgeMs: Math.round(mainAgeMs) })
    if (hostSilent) this.#ask()
  }

  /** A socket that carries nothing any more, or a host that is paused: only the first is dialled again. */
  #ask(): void {
    const state = this.#state
    if (this.#asking || state._tag !== 'Connected') return
    this.#asking = true
    askHost(this.#start.socketUrl, state.welcome.beatMs, {
      answered: () => {
        if (this.#state === state && this.#pulse.isHostSilent(performance.now()))
          this.#drop('the socket carries nothing any more', 0)
      },
      over: () => {
        this.#asking = false
      },
    })
  }

  #refused({ code, message, advice }: Refused): void {
    this.#refusal = code
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
      if (next === 'reload') this.#post({ kind: 'staleBuild', message: detail })
    }
  }

  /** Gives this socket up and comes back later. */
  #drop(detail: string, waitMs = backOffMs(this.#attempt++, Math.random())): void {
    const state = this.#state
    this.#wait(waitMs, detail)
    if (state._tag === 'Dialling' || state._tag === 'Connected')
      state.wire.socket.close(4000, 'dropped by the page')
  }

  #wait(ms: number, detail: string): void {
    clearInterval(this.#beatTimer)
    this.#state = { _tag: 'Waiting', timer: setTimeout(() => this.connect(), ms) }
    this.#show('waiting', `${detail}; trying again in ${(ms / 1000).toFixed(1)} s`)
  }

  #bye(reason = 'the host is done with this page'): void {
    if (this.#phase === 'leaving') this.#end('left', 'this browser does nothing for the host any more')
    else this.#end('ended', reason)
  }

  #end(phase: 'refused' | 'ended' | 'left', detail: string): void {
    const state = this.#state
    clearInterval(this.#beatTimer)
    if (state._tag === 'Waiting') clearTimeout(state.timer)
    this.#state = { _tag: 'Ended' }
    this.#lanes.closeAll()
    if (state._tag === 'Dialling' || state._tag === 'Connected') state.wire.socket.close(1000, 'done')
    this.#show(phase, detail)
  }

  #send(message: PageMessage, place?: Place): void {
    this.#sendFrame(encodeFrame(message), place)
  }

  /**
   * What is of a lane's work keeps its order and waits for its turn; everything else leaves at once. Frames made while
   * there is no socket are dropped: the host counts their work as lost by then.
   */
  #sendFrame(parts: FrameParts, place?: Place): void {
    const state = this.#state
    if (state._tag === 'Dialling' || state._tag === 'Connected') state.wire.send(parts, place)
  }

  #show(phase: LinkPhase, detail: string): void {
    this.#phase = phase
    this.#detail = detail
    this.#changed()
  }

  #standing(): Pick<LinkStatus, 'device' | 'refusal' | 'resting'> {
    const resting =
      this.#device === undefined || this.#notes === undefined ? undefined : restReason(this.#notes)
    return {
      ...(this.#device === undefined ? {} : { device: this.#device }),
      ...(this.#refusal === undefined ? {} : { refusal: this.#refusal }),
      ...(resting === undefined ? {} : { resting }),
    }
  }

  /** Tells the main thread at most four times a second: at a thousand jobs a second it has better things to do. */
  #changed(): void {
    if (this.#statusTimer !== undefined) return
    this.#statusTimer = setTimeout(() => {
      this.#statusTimer = undefined
      this.#post({
        kind: 'status',
        status: {
          phase: this.#phase,
          detail: this.#detail,
          browser: this.#browser,
          ...(this.#resume === undefined ? {} : { connection: this.#resume }),
          capabilities: this.#capabilities,
          ...this.#standing(),
          lanes: this.#lanes.status,
          jobsDone: this.#lanes.jobsDone,
        },
      })
    }, 250)
  }
}
