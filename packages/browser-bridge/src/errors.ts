// Every error that this package's Node side hands to its callers. Not the page's own failures: those cross the
// wire as a WireError and arrive here inside `RemoteFailed` or `LaneOpenFailed`.
// Errors that end a request carry `mayRunAgain`: whether the same request may safely be given to another lane.
import { Data } from 'effect'
import type { BrowserKind } from './node/browsers/discover.ts'
import type { FrameErrorCode } from './protocol/frameError.ts'
import type { Backend } from './protocol/messages.ts'
import { isRetryable, type WireErrorCode } from './protocol/wireErrors.ts'

/** A cause of any kind in one line, for a message. */
const oneLine = (cause: unknown): string => {
  // A bundler throws errors of its own kinds: only their message is sure.
  const said = (cause as { readonly message?: unknown } | null | undefined)?.message
  const text = typeof said === 'string' ? said : String(cause)
  const line =
    text
      .split('\n')
      .find(part => part.trim() !== '')
      ?.trim() ?? 'no reason given'
  return line.length > 300 ? `${line.slice(0, 300)}…` : line.replace(/\.$/, '')
}

/** Occurs when a browser's process does not start, or dies or falls silent before its first page can be opened. */
export class LaunchFailed extends Data.TaggedError('LaunchFailed')<{
  readonly kind: BrowserKind
  readonly executablePath: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `${this.kind} at ${this.executablePath} did not start: ${oneLine(this.cause)}. Run "shoal doctor", or name another executable with SHOAL_${this.kind.toUpperCase()}.`
  }
}

/** Occurs when a launch asks for what that browser, or this machine, cannot do: refused before anything is started. */
export class LaunchUnsupported extends Data.TaggedError('LaunchUnsupported')<{
  readonly kind: BrowserKind
  /** The option of `LaunchOptions` that asks for it. */
  readonly option: string
  readonly reason: string
}> {
  override get message(): string {
    return `${this.kind} cannot be started with ${this.option}: ${oneLine(this.reason)}.`
  }
}

/** Occurs when a browser behind an endpoint cannot be reached, or not again, within the time that was allowed. */
export class ConnectFailed extends Data.TaggedError('ConnectFailed')<{
  readonly kind: BrowserKind
  /** The address without what may be secret in it: no user, no query. */
  readonly endpoint: string
  readonly attempts: number
  readonly cause: unknown
}> {
  override get message(): string {
    return `No ${this.kind} answers at ${this.endpoint} (${this.attempts === 1 ? 'one attempt' : `${this.attempts} attempts`}): ${oneLine(this.cause)}. Start it with a debugging port, or start "playwright run-server" there with the same version of Playwright, and give that address.`
  }
}

/** Occurs when a running browser cannot open, reload or keep one page. */
export class PageFailed extends Data.TaggedError('PageFailed')<{
  readonly browser: string
  readonly doing: 'open' | 'reload' | 'close'
  readonly cause: unknown
}> {
  override get message(): string {
    return `${this.browser} could not ${this.doing} a page: ${oneLine(this.cause)}. Restart the browser if it goes on.`
  }
}

/** Occurs when the folder for temporary profiles cannot be written, read or emptied, or is not this user's alone. */
export class ProfileFolderFailed extends Data.TaggedError('ProfileFolderFailed')<{
  readonly folder: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `The folder for temporary browser profiles ${this.folder} cannot be used: ${oneLine(this.cause)}. Set TMPDIR to a folder that is yours and that you alone can write, or make this one so (chmod 700).`
  }
}

/** Occurs when there is no prebuilt page and building one from the sources failed. */
export class PageBuildFailed extends Data.TaggedError('PageBuildFailed')<{
  readonly folder: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `The page for browsers could not be built into ${this.folder}: ${oneLine(this.cause)}. Check that the folder is writable (SHOAL_CACHE names another) and that the development dependencies are installed.`
  }
}

/** Occurs when the host's port is already taken by another program. */
export class PortInUse extends Data.TaggedError('PortInUse')<{
  readonly host: string
  readonly port: number
}> {
  override get message(): string {
    return `Port ${this.port} on ${this.host} is in use: choose another port, or 0 for any free one.`
  }
}

/** Occurs when the host cannot listen for another reason than a port in use: no such address, no permission. */
export class ListenFailed extends Data.TaggedError('ListenFailed')<{
  readonly host: string
  readonly port: number
  readonly cause: unknown
}> {
  override get message(): string {
    return `Cannot listen on ${this.host}:${this.port}: ${oneLine(this.cause)}. Choose an address of this machine and a port above 1023.`
  }
}

/** Occurs when the certificate or key for TLS cannot be read, or do not belong together. */
export class CertificateInvalid extends Data.TaggedError('CertificateInvalid')<{
  readonly cert: string
  readonly key: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `TLS cannot be spoken with the certificate ${this.cert} and the key ${this.key}: ${oneLine(this.cause)}. Give both as PEM, the key without a passphrase, and see that they belong together.`
  }
}

/** Occurs when a running browser's process ends without having been asked to. */
export class BrowserDied extends Data.TaggedError('BrowserDied')<{
  readonly browser: string
  readonly detail: string
}> {
  override get message(): string {
    return `${this.browser} died: ${oneLine(this.detail)}. It is launched again by its supervisor.`
  }
}

/** Occurs when a browser is closed because it was used long enough, so that its supervisor starts it anew. */
export class BrowserRecycled extends Data.TaggedError('BrowserRecycled')<{
  readonly browser: string
}> {
  override get message(): string {
    return `${this.browser} was recycled: what it had leaked is gone. It is launched again by its supervisor.`
  }
}

/** Occurs when a connection cannot be helped up: its page is gone, or did not dial back in time, reload included. */
export class ConnectionFailed extends Data.TaggedError('ConnectionFailed')<{
  readonly connection: string
  readonly reason: string
}> {
  override get message(): string {
    return `Connection ${this.connection} gave up: ${oneLine(this.reason)}. Another page is opened by its supervisor; run "shoal doctor" if that goes on.`
  }
}

/**
 * Whether a lane was at the request when it was lost: the page had said so or, where it had not (what is over within
 * milliseconds is never said), nothing that was asked there before was unanswered. False where it only waited behind
 * something else, be that a load or a request whose caller has gone. Absent from an error that is not one request's.
 */
export type Begun = boolean | undefined

/** Occurs to everything in flight on a connection whose socket, page or browser went away. */
export class ConnectionLost extends Data.TaggedError('ConnectionLost')<{
  readonly connection: string
  readonly reason: string
  /** See `Begun`. */
  readonly begun?: Begun
}> {
  readonly mayRunAgain = true
  override get message(): string {
    return `Connection ${this.connection} was lost: ${this.reason}. The request may be run again on another one.`
  }
}

/** Occurs to everything in flight on a lane whose worker ended: it crashed, was closed, or was terminated. */
export class LaneLost extends Data.TaggedError('LaneLost')<{
  readonly lane: string
  readonly reason: string
  /** The page's own, where the page said it: 'DeviceLost' where its GPU device went. */
  readonly code?: WireErrorCode | undefined
  /** See `Begun`. */
  readonly begun?: Begun
}> {
  readonly mayRunAgain = true
  override get message(): string {
    return `Lane ${this.lane} ended: ${this.reason}. The request may be run again on another lane.`
  }
}

/**
 * What a lane was silent past: the deadline of what it was at, or eight times what such work usually takes (the p99) where
 * that is longer; with nothing to do, the beats that it may miss.
 */
export type LaneLimit = 'deadline' | 'usual' | 'beats'

const limitInWords: Readonly<Record<LaneLimit, string>> = {
  deadline: 'deadline of its work and one silence more',
  usual: 'usual time of its work eight times over and one silence more',
  beats: 'beats that an idle lane may miss',
}

/** Occurs to everything in flight on a lane that was at one piece of work longer than any limit allows. */
export class LaneHung extends Data.TaggedError('LaneHung')<{
  readonly lane: string
  readonly afterMs: number
  /** Which limit was passed. */
  readonly limit: LaneLimit
  /** How long that was, with the silence that is allowed on top. */
  readonly limitMs: number
  /** See `Begun`. */
  readonly begun?: Begun
}> {
  readonly mayRunAgain = true
  override get message(): string {
    return `Lane ${this.lane} has not answered for ${Math.round(this.afterMs)} ms, past the ${limitInWords[this.limit]} (${Math.round(this.limitMs)} ms), and is terminated. The request may be run again on another lane.`
  }
}

/** Occurs when a lane cannot be opened: the back-end does not work in that browser, or the worker does not start. */
export class LaneOpenFailed extends Data.TaggedError('LaneOpenFailed')<{
  readonly connection: string
  readonly backend: Backend
  readonly code: WireErrorCode
  readonly reason: string
  /** The page's own error, with its stack and what caused it, where the page said one. */
  readonly cause?: unknown
}> {
  readonly mayRunAgain: boolean = isRetryable(this.code)
  override get message(): string {
    return `${this.connection} cannot open a ${this.backend} lane (${this.code}): ${oneLine(this.reason)}. Choose another platform; "shoal doctor" says which work.`
  }
}

/** Occurs when a request's deadline passes before its answer arrives; late answers are dropped and counted. */
export class DeadlineExceeded extends Data.TaggedError('DeadlineExceeded')<{
  readonly lane: string
  readonly deadlineMs: number
}> {
  readonly mayRunAgain = false
  override get message(): string {
    return `No answer from lane ${this.lane} within ${this.deadlineMs} ms: give a longer deadline, or spread the load over more lanes.`
  }
}

/** Occurs when the caller's own signal ended a request. */
export class RequestCancelled extends Data.TaggedError('RequestCancelled')<{
  readonly lane: string
}> {
  readonly mayRunAgain = false
  override get message(): string {
    return `The request on lane ${this.lane} was cancelled by its caller. Ask again if the answer is still wanted.`
  }
}

/** What to do about a request that cannot be a frame; of the other codes none occurs where one is made. */
const adviceForFrame: Readonly<Partial<Record<FrameErrorCode, string>>> = {
  TensorInvalid: 'Give tensors whose type, dims and data agree.',
  HeaderMalformed: 'Give values that JSON holds.',
  MessageInvalid: 'Give values of the types that the call declares.',
}

/** Occurs when a request is refused here, before anything is sent: it is over the limits, or what was given is invalid. */
export class RequestRefused extends Data.TaggedError('RequestRefused')<{
  readonly lane: string
  readonly code: FrameErrorCode
  readonly reason: string
}> {
  readonly mayRunAgain = false
  override get message(): string {
    return `Lane ${this.lane} refuses the request: ${this.reason}. ${adviceForFrame[this.code] ?? 'Send less at once.'}`
  }
}

/** What to do about a failure in the page. */
const adviceFor: Readonly<Record<WireErrorCode, string>> = {
  ModelFileMissing: 'Check that the model has all of its files.',
  ModelInvalid: 'Download or export the model again.',
  UnsupportedOperator: 'Choose another platform or dtype for this model.',
  WrongInput: 'Give the inputs that the model takes.',
  UnknownTask: 'Choose a task that Transformers.js has.',
  ModelNotLoaded: 'Load the model on this lane first.',
  OutOfMemory: 'Run it on another lane, or choose a smaller model, dtype or batch.',
  DeviceLost: 'Run it again on another lane.',
  BackendUnavailable: 'Choose another platform; "shoal doctor" says which work.',
  LaneGone: 'Run it again on another lane.',
  Cancelled: 'Ask again if the answer is still wanted.',
  DeadlinePassed: 'Give a longer deadline, or spread the load over more lanes.',
  AnswerTooLarge: 'Ask for fewer outputs, or give smaller inputs.',
  EngineFailed: 'Run it again; if it fails again, choose another platform for this model.',
}

/**
 * Occurs when the page answers that a request failed there. `code` and `remoteStack` are the page's own, `cause` is its
 * error as it was thrown there, with what caused it.
 */
export class RemoteFailed extends Data.TaggedError('RemoteFailed')<{
  readonly lane: string
  readonly code: WireErrorCode
  readonly reason: string
  readonly remoteStack?: string | undefined
  readonly cause?: unknown
  readonly mayRunAgain: boolean
}> {
  override get message(): string {
    return `Lane ${this.lane} failed (${this.code}): ${oneLine(this.reason)}. ${adviceFor[this.code]}`
  }
}

/** Every way in which a request on a lane can end without an answer. */
export type RequestError =
  | ConnectionLost
  | LaneLost
  | LaneHung
  | LaneOpenFailed
  | DeadlineExceeded
  | RequestCancelled
  | RequestRefused
  | RemoteFailed
