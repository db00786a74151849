// What the page's own threads say to each other: main and link worker, link worker and lane workers. Never leaves
// the page; frames to and from the host pass through as buffers. `worker` is a lane's worker, numbered by the link
// worker: a lane that is opened again has another one.

import type {
  Adapter,
  Backend,
  BrowserIdentity,
  Capabilities,
  DeviceWelcome,
  Limits,
  Notes,
  RefusalCode,
} from '../protocol/messages.ts'
import type { WireError } from '../protocol/wireErrors.ts'
import type { LaneParcel } from './laneParcel.ts'

// Node, where some of this page's code is tested, has MessagePort as a value alone.
export type Port = InstanceType<typeof MessagePort>

/** What may put the device to sleep, as it is now. */
export type DeviceNotes = Omit<Notes, 't'>

/** What a link worker that ended had: the next one comes back as the same connection, without its lanes. */
export interface FormerLink {
  readonly connection: string
  readonly lanes: readonly number[]
}

export interface StartLink {
  readonly kind: 'start'
  readonly socketUrl: string
  readonly token: string
  readonly build: string
  /** The secret of a device that joins by an address. */
  readonly device?: string
  readonly former?: FormerLink
}

export type ToLink =
  | StartLink
  | { readonly kind: 'pong' }
  /** Answered by 'here', whatever the socket does. */
  | { readonly kind: 'areYouThere' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'notes'; readonly notes: DeviceNotes }
  /** A lane's worker threw, or its script did not load. */
  | { readonly kind: 'laneBroke'; readonly worker: number; readonly reason: string }

export type FromLink =
  | { readonly kind: 'ping' }
  | { readonly kind: 'here' }
  /** Starts a lane's worker, which takes the port. */
  | { readonly kind: 'spawn'; readonly worker: number; readonly port: Port }
  | { readonly kind: 'terminate'; readonly worker: number }
  | { readonly kind: 'status'; readonly status: LinkStatus }
  /** The host serves another build than this page is. */
  | { readonly kind: 'staleBuild'; readonly message: string }

export type LinkPhase =
  | 'probing'
  | 'connecting'
  | 'connected'
  | 'waiting'
  | 'leaving'
  | 'left'
  | 'refused'
  | 'ended'

/** What the status page shows. */
export interface LinkStatus {
  readonly phase: LinkPhase
  readonly detail: string
  readonly browser: BrowserIdentity
  /** The name the host knows this page by, once it was welcome. */
  readonly connection?: string
  readonly capabilities?: Capabilities
  /** Its place at the host, where it joined by an address. */
  readonly device?: DeviceWelcome
  /** Why the host last refused it. */
  readonly refusal?: RefusalCode
  /** Why it gets no work now. */
  readonly resting?: string
  readonly lanes: readonly LaneStatus[]
  readonly jobsDone: number
}

export interface LaneStatus {
  readonly lane: number
  readonly backend: Backend
  readonly state: 'opening' | 'idle' | 'running'
  /** Name of the model that runs now. */
  readonly running?: string
  readonly threads?: number
  readonly adapter?: Adapter
  readonly jobsDone: number
}

export interface OpenLane {
  readonly kind: 'open'
  readonly lane: number
  readonly backend: Backend
  readonly threads: number
  readonly beatMs: number
  /** What the host takes. */
  readonly limits: Limits
  /** Absolute URLs, each ends in '/'. */
  readonly filesUrl: string
  readonly runtimeUrl: string
}

/** Frames for a lane come as bare buffers, moved and not copied. */
export type ToLane = OpenLane | { readonly kind: 'sayOpened' } | { readonly kind: 'turned' } | ArrayBuffer

export type FromLane =
  /** A frame for the host. */
  | { readonly kind: 'frame'; readonly parts: LaneParcel['parts'] }
  /** A run, a load or an unload has ended, begun or not, with this frame for the host. */
  | {
      readonly kind: 'end'
      readonly id: number
      readonly succeeded: boolean
      readonly parts: LaneParcel['parts']
    }
  /** A run has begun while a load is not done: from the order of frames alone the link worker could not tell. */
  | { readonly kind: 'begin'; readonly id: number }
  /** Wants a 'turned' behind all that has been sent to it. */
  | { readonly kind: 'turn' }
  /** The lane is of no use any more and wants to be terminated. */
  | { readonly kind: 'fatal'; readonly error: WireError }
  | { readonly kind: 'opened'; readonly threads: number; readonly adapter?: Adapter }

/** What a lane's worker asks of the main thread, where it may not start the engine's threads itself. */
export type FromLaneWorker =
  | {
      readonly kind: 'startThread'
      readonly thread: number
      readonly script: string
      readonly name: string
      readonly port: Port
    }
  | { readonly kind: 'endThread'; readonly thread: number }

/** What a thread gets first. */
export interface StartThread {
  readonly script: string
  /** The lane that speaks with it. */
  readonly port: Port
}
