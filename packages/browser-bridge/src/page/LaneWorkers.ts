// The lanes of a page, seen from the link worker: one worker each, fed with frames over a port. The main thread starts
// and terminates them when told (LaneThreads.ts). Knows no engine and reads no tensor.

import { encodeFrame, type FrameRoute } from '../protocol/codec.ts'
import type { LaneOpen, PageMessage, Welcome } from '../protocol/messages.ts'
import type { FrameParts, Place } from '../protocol/Outbox.ts'
import { LaneError, toWireError, type WireError } from '../protocol/wireErrors.ts'
import type { FromLane, LaneStatus, Port, ToLane } from './innerMessages.ts'
import { LaneChannel, ringMemory } from './LaneChannel.ts'
import { LaneQueue } from './LaneQueue.ts'
import { linkPacking } from './laneEntries.ts'

interface LaneEntry {
  /** Which worker it is, among all that this page ever started. */
  readonly worker: number
  readonly channel: LaneChannel<ToLane, FromLane>
  readonly queue: LaneQueue
  /** Of its models, by key. */
  readonly names: Map<string, string>
  status: LaneStatus
  /** The run at work, and when the host will be told that it has begun. */
  run?: { readonly id: number; readonly timer: ReturnType<typeof setTimeout> }
}

/** Work that is done sooner says nothing when it begins: its result says it all, and a frame less is a third less time. */
const beginAfterMs = 5

export interface LaneWorkersOptions {
  /** Takes a frame for the host; it is gone from here. With a place, it keeps its lane's order. */
  readonly send: (parts: FrameParts, place?: Place) => void
  readonly changed: () => void
  readonly spawn: (worker: number, port: Port) => void
  readonly terminate: (worker: number) => void
  /** What model and runtime paths are relative to. */
  readonly origin: string
}

export class LaneWorkers {
  readonly #lanes = new Map<number, LaneEntry>()
  /** Those that ended by themselves since the page last came back: the host may not have heard of it. */
  readonly #failed = new Map<number, WireError>()
  readonly #options: LaneWorkersOptions
  #jobsDone = 0
  #nextWorker = 1

  constructor(options: LaneWorkersOptions) {
    this.#options = options
  }

  get status(): readonly LaneStatus[] {
    return [...this.#lanes.values()].map(entry => entry.status)
  }

  has(lane: number): boolean {
    return this.#lanes.has(lane)
  }

  get jobsDone(): number {
    return this.#jobsDone
  }

  open({ lane, backend, threads }: LaneOpen, welcome: Welcome): void {
    this.#terminate(lane)
    this.#failed.delete(lane)
    const { port1, port2 } = new MessageChannel()
    const worker = this.#nextWorker++
    const channel = new LaneChannel<ToLane, FromLane>(port1, linkPacking, {
      receive: message => this.#onMessage(entry, message),
      broke: reason => this.broke(worker, reason),
      memory: ringMemory(),
    })
    const entry: LaneEntry = {
      worker,
      channel,
      queue: new LaneQueue(),
      names: new Map(),
      status: { lane, backend, state: 'opening', jobsDone: 0 },
    }
    this.#lanes.set(lane, entry)
    this.#options.spawn(worker, port2)
    channel.post({
      kind: 'open',
      lane,
      backend,
      threads,
      beatMs: welcome.beatMs,
      limits: welcome.limits,
      filesUrl: new URL(welcome.filesBase, this.#options.origin).href,
      runtimeUrl: new URL(welcome.runtimeBase, this.#options.origin).href,
    })
    this.#options.changed()
  }

  /** Hands a frame on to its lane; false where there is no such lane. */
  pass({ t, lane, id, model }: FrameRoute, frame: ArrayBuffer): boolean {
    const entry = lane === undefined ? undefined : this.#lanes.get(lane)
    if (entry === undefined) return false
    entry.channel.post(frame, [frame])
    if (t === 'cancel' || id === undefined || model === undefined) return true
    if (model.name !== undefined) entry.names.set(model.key, model.name)
    entry.queue.pass({ id, kind: t === 'run' ? 'run' : 'load', model: model.key })
    this.#look(entry)
    return true
  }

  close(lane: number): void {
    this.#terminate(lane)
    this.#failed.delete(lane)
    this.#say({ t: 'laneClosed', lane })
    this.#options.changed()
  }

  closeAll(): void {
    for (const lane of [...this.#lanes.keys()]) this.#terminate(lane)
    this.#failed.clear()
    this.#options.changed()
  }

  /**
   * After a resumed connection: each living lane says again what it is, and it is said again what keeps it from beating.
   * The host takes every lane that it knew for living: those that ended meanwhile, or by a frame that was lost, are said.
   */
  announce(): void {
    for (const [lane, error] of this.#failed) this.#say({ t: 'laneFailed', lane, error })
    this.#failed.clear()
    for (const { channel, queue } of this.#lanes.values()) {
      channel.post({ kind: 'sayOpened' })
      const busy = queue.atWork ?? queue.first
      if (busy !== undefined) this.#say({ t: 'begin', id: busy.id })
    }
  }

  /** A worker threw, or did not start, or cannot be understood. */
  broke(worker: number, reason: string): void {
    for (const entry of this.#lanes.values()) {
      if (entry.worker !== worker) continue
      const { lane } = entry.status
      this.#fail(entry, toWireError(new LaneError('LaneGone', `lane ${lane} ended: ${reason}`)))
    }
  }

  #terminate(lane: number): void {
    const entry = this.#lanes.get(lane)
    if (entry === undefined) return
    clearTimeout(entry.run?.timer)
    entry.channel.close()
    this.#options.terminate(entry.worker)
    this.#lanes.delete(lane)
  }

  #fail(entry: LaneEntry, error: WireError): void {
    const { lane } = entry.status
    if (this.#lanes.get(lane) !== entry) return
    this.#terminate(lane)
    this.#failed.set(lane, error)
    this.#say({ t: 'laneFailed', lane, error }, { lane })
    this.#options.changed()
  }

  #onMessage(entry: LaneEntry, message: FromLane): void {
    const { lane } = entry.status
    if (message.kind === 'frame') {
      this.#options.send(message.parts, { lane })
    } else if (message.kind === 'begin') {
      entry.queue.begin(message.id)
      this.#look(entry)
    } else if (message.kind === 'end') {
      this.#options.send(message.parts, { lane, id: message.id })
      const ended = entry.queue.end(message.id)
      if (ended?.kind === 'run' && message.succeeded) {
        this.#jobsDone++
        entry.status = { ...entry.status, jobsDone: entry.status.jobsDone + 1 }
      }
      this.#look(entry)
    } else if (message.kind === 'turn') {
      entry.channel.post({ kind: 'turned' })
    } else if (message.kind === 'fatal') {
      this.#fail(entry, message.error)
    } else {
      const { threads, adapter } = message
      this.#became(entry, {
        ...entry.status,
        state: entry.run === undefined ? 'idle' : 'running',
        threads,
        ...(adapter === undefined ? {} : { adapter }),
      })
    }
  }

  /** What is at work may have changed. */
  #look(entry: LaneEntry): void {
    const { queue, run, names } = entry
    const now = queue.atWork
    if (now?.id === run?.id) return
    clearTimeout(run?.timer)
    const { running: _, ...rest } = entry.status
    if (now === undefined) {
      delete entry.run
      this.#became(entry, { ...rest, state: 'idle' })
      return
    }
    const { id, model } = now
    entry.run = { id, timer: setTimeout(() => this.#say({ t: 'begin', id }), beginAfterMs) }
    this.#became(entry, { ...rest, state: 'running', running: names.get(model) ?? model })
  }

  #became(entry: LaneEntry, status: LaneStatus): void {
    entry.status = status
    this.#options.changed()
  }

  #say(message: PageMessage, place?: Place): void {
    this.#options.send(encodeFrame(message), place)
  }
}
