// Both directions of a connection's socket, in one file. Types only: their checks are in messageChecks.ts, their
// bytes in codec.ts. `t` tells messages apart; ids are the host's, unique in a connection; times are milliseconds.

import type { NamedTensor, TensorDtype } from '@shoal/tensor'
import type { Adapter, Backend, BrowserIdentity, Capabilities } from './capabilities.ts'
import type { ModelDtype, ModelFile, ModelManifest } from './manifest.ts'
import type { RunInput, TaskInput, TensorInput } from './runInput.ts'
import type { WireError } from './wireErrors.ts'

export type {
  Adapter,
  Backend,
  BrowserIdentity,
  Capabilities,
  ModelDtype,
  ModelFile,
  ModelManifest,
  RunInput,
  TaskInput,
  TensorInput,
}

/** Raised when frames or messages change; host and page of different versions refuse each other. */
export const protocolVersion = 3

/** How a tensor stands in a frame's header. `byteLength` is without padding; a string tensor has no bytes. */
export interface TensorDescriptor {
  readonly name: string
  readonly dtype: TensorDtype
  readonly dims: readonly number[]
  readonly byteLength: number
  readonly strings?: readonly string[]
}

/** How much one side takes from the other. */
export interface Limits {
  readonly maxHeaderBytes: number
  readonly maxFrameBytes: number
  readonly maxTensors: number
}

export const defaultLimits: Limits = {
  maxHeaderBytes: 4 * 1024 * 1024,
  maxFrameBytes: 512 * 1024 * 1024,
  maxTensors: 1024,
}

export interface Welcome {
  readonly t: 'welcome'
  readonly protocol: number
  readonly build: string
  readonly connection: string
  /** How often the link, and a lane while idle, beats. */
  readonly beatMs: number
  /** Whether the host beats as often. */
  readonly hostBeats?: boolean
  /** Path on the host where model files stand, ends in '/'. */
  readonly filesBase: string
  /** Path on the host where ONNX Runtime's own files stand, ends in '/'. */
  readonly runtimeBase: string
  readonly limits: Limits
  /** Given to a device that joined by address. */
  readonly device?: DeviceWelcome
}

/** What a device that joined is told about its place here. */
export interface DeviceWelcome {
  /** The name under which the host's user sees it. */
  readonly name: string
  /** Other devices may join by the same address for so long yet, in milliseconds. Absent: it was for this one alone. */
  readonly othersForMs?: number
}

export type RefusalCode =
  | 'BuildMismatch'
  | 'ProtocolMismatch'
  | 'TokenInvalid'
  /** It was for one device, and another one has joined by it. */
  | 'TokenUsed'
  | 'TokenExpired'
  /** Too many wrong tokens have come from that network address lately. */
  | 'TooManyAttempts'
  | 'TooManyConnections'
  | 'FrameRefused'

/** Sent in place of `welcome`, or before the host closes the socket for a fault of the page's. */
export interface Refused {
  readonly t: 'refused'
  readonly code: RefusalCode
  readonly message: string
  readonly advice: string
}

export interface LaneOpen {
  readonly t: 'laneOpen'
  readonly lane: number
  readonly backend: Backend
  /** Threads wanted for WASM; fewer are used where the page is not isolated. */
  readonly threads: number
}

/** Terminates the lane's worker, whatever it does; answered by `laneClosed`. */
export interface LaneClose {
  readonly t: 'laneClose'
  readonly lane: number
}

export interface Load {
  readonly t: 'load'
  readonly id: number
  readonly lane: number
  readonly model: ModelManifest
  /** The lane keeps the files in the browser, and takes those that it has kept from there. */
  readonly keepFiles?: boolean
  /** All files are asked for at once, rather than each when the engine wants it. */
  readonly sideBySide?: boolean
}

export interface Unload {
  readonly t: 'unload'
  readonly id: number
  readonly lane: number
  readonly model: string
}

export interface Run {
  readonly t: 'run'
  readonly id: number
  readonly lane: number
  readonly model: string
  readonly input: RunInput
  /** Names of the graph's outputs to give back; all where absent. */
  readonly outputs?: readonly string[]
  /** For tasks: the lane's own preprocessed inputs come first in the result's tensors. */
  readonly returnInputs?: boolean
  /** What is left of the deadline at sending; work whose time has passed is not begun, or ends between its steps. */
  readonly deadlineMs: number
  /** The answer is wanted in parts as it grows, and so many of them may come before the host has asked for more. */
  readonly stream?: number
  readonly tensors: readonly NamedTensor[]
}

/**
 * Drops the work if it has not begun, and ends it between two of its steps where it has some; answered by `failed`
 * 'Cancelled' then, otherwise by its own result.
 */
export interface Cancel {
  readonly t: 'cancel'
  readonly id: number
  readonly lane: number
}

/** The host has taken parts of a streamed answer and has room for so many more. */
export interface More {
  readonly t: 'more'
  readonly id: number
  readonly lane: number
  readonly parts: number
}

/** The host is done with this page: the page closes its lanes and does not come back. */
export interface Bye {
  readonly t: 'bye'
  /** Why, for people. */
  readonly reason?: string
}

/** The host lives. A page that hears nothing asks on another socket, and dials again where that is answered. */
export interface HostBeat {
  readonly t: 'hostBeat'
}

export type HostMessage =
  | Welcome
  | Refused
  | LaneOpen
  | LaneClose
  | Load
  | Unload
  | Run
  | Cancel
  | More
  | Bye
  | HostBeat

export interface Hello {
  readonly t: 'hello'
  readonly protocol: number
  readonly build: string
  readonly token: string
  readonly browser: BrowserIdentity
  readonly capabilities: Capabilities
  /** The connection this page was before its socket dropped. */
  readonly resume?: string
  /** A secret of the device's own, by which it is known again after a reload; said where it joins by an address. */
  readonly device?: string
}

/** The device wants to go: it takes no new work, and is sent `bye` when what it has is done. */
export interface Leave {
  readonly t: 'leave'
}

/** What may put a device to sleep; said after the welcome and whenever it changes. */
export interface Notes {
  readonly t: 'notes'
  readonly visibility: 'visible' | 'hidden' | 'frozen'
  /** A phone or a tablet: its browser stops pages that are not seen. */
  readonly handheld: boolean
  /** Where the browser says it. `level` is 0 … 1. */
  readonly battery?: { readonly level: number; readonly charging: boolean }
}

/** The link worker lives. `mainAgeMs`: how long ago the page's main thread last answered it. */
export interface Beat {
  readonly t: 'beat'
  readonly mainAgeMs: number
}

export interface LaneOpened {
  readonly t: 'laneOpened'
  readonly lane: number
  readonly backend: Backend
  /** Threads the engine really uses. */
  readonly threads: number
  readonly adapter?: Adapter
}

/** The lane did not open, or its worker ended by itself: all its work and its models are gone. */
export interface LaneFailed {
  readonly t: 'laneFailed'
  readonly lane: number
  readonly error: WireError
}

export interface LaneClosed {
  readonly t: 'laneClosed'
  readonly lane: number
}

/** The lane lives and is idle. A lane at work sends none: WASM blocks its worker. */
export interface LaneBeat {
  readonly t: 'laneBeat'
  readonly lane: number
}

export interface LoadTiming {
  readonly queueMs: number
  readonly fetchMs: number
  readonly createMs: number
}

/** A graph's input or output; a dim is its symbol where it is free. dtype as ONNX Runtime names it. */
export interface ValueMetadata {
  readonly name: string
  readonly dtype: TensorDtype | 'unknown'
  readonly dims: readonly (number | string)[]
}

export interface Loaded {
  readonly t: 'loaded'
  readonly id: number
  readonly timing: LoadTiming
  readonly inputs: readonly ValueMetadata[]
  readonly outputs: readonly ValueMetadata[]
  /** Absent where the model was loaded already. */
  readonly files?: FilesTaken
  /** By how much the load made the engine's heap grow. Absent where the model was loaded already, or no heap was seen. */
  readonly heapGrewBytes?: number
}

/** Where a model's bytes came from. */
export interface FilesTaken {
  readonly downloadedBytes: number
  /** From what the browser had kept. */
  readonly keptBytes: number
  /** Why files were not kept, where they were to be. */
  readonly note?: string
}

/** Bytes of one of the model's files. `total` is 0 where the length is not known. */
export interface Progress {
  readonly t: 'progress'
  readonly id: number
  readonly file: string
  readonly loaded: number
  readonly total: number
}

export interface Unloaded {
  readonly t: 'unloaded'
  readonly id: number
}

/**
 * The lane has taken a run up and will say nothing more until it is done. Not sent for one that is done within a few
 * milliseconds: its result comes alone.
 */
export interface Begin {
  readonly t: 'begin'
  readonly id: number
}

export interface RunTiming {
  /** From the frame's arrival in the lane to its begin. */
  readonly queueMs: number
  readonly preprocessMs: number
  readonly computeMs: number
  readonly postprocessMs: number
}

/** What has been added to a streamed answer; its `result` or `failed` comes after its last part. */
export interface Part {
  readonly t: 'part'
  readonly id: number
  /** From 0, without gaps. */
  readonly seq: number
  readonly json?: unknown
  readonly tensors: readonly NamedTensor[]
}

/** Which answer of which worker: no other answer has the same, so that one which came twice can be told. */
export interface AnswerNumber {
  /** A name that the worker made up when it started. */
  readonly worker: string
  /** From 1; without gaps, failures not counted. */
  readonly number: number
}

export interface Result {
  readonly t: 'result'
  readonly id: number
  /** Absent from a page that does not count. */
  readonly made?: AnswerNumber
  readonly timing: RunTiming
  /** How many of the leading tensors are the lane's own preprocessed inputs; 0 where none were asked for. */
  readonly inputs: number
  /** What a task answers that is no tensor (labels, text, …). */
  readonly json?: unknown
  readonly tensors: readonly NamedTensor[]
}

export interface Failed {
  readonly t: 'failed'
  readonly id: number
  readonly error: WireError
  /** Whether the same work may succeed elsewhere or later. */
  readonly retryable: boolean
}

export type PageMessage =
  | Hello
  | Leave
  | Notes
  | Beat
  | LaneOpened
  | LaneFailed
  | LaneClosed
  | LaneBeat
  | Loaded
  | Progress
  | Unloaded
  | Begin
  | Part
  | Result
  | Failed
