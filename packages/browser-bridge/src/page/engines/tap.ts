// ONNX Runtime as Transformers.js gets it: the same module, but each session is made and run under the lane's lock,
// timed, and leaves its inputs where the lane can see them. The bundler puts this in the place of Transformers.js'
// own `onnxruntime-web/webgpu`, so there is one ONNX Runtime in the page.
//
// A trap it also closes: Transformers.js 4.3 chains all creates, and all runs, on one promise that a single failure
// rejects for good. So create and run here never reject: they hand out something that throws the failure as soon as
// Transformers.js touches it, one step after the chain.

import type * as ort from 'onnxruntime-web'
import type { ValueMetadata } from '../../protocol/messages.ts'
import type { Lock } from '../Lock.ts'
import { createSession } from './createSession.ts'
import type { RunControl } from './Engine.ts'
import { toMetadata } from './ortTensors.ts'

/** What Transformers.js takes from ONNX Runtime besides sessions. */
export { env, Tensor } from 'onnxruntime-web'

/** Goes to Transformers.js in its session options, and comes back here with each create. */
export class SessionTap {
  readonly #lock: Lock
  createMs = 0
  readonly inputs: ValueMetadata[] = []
  readonly outputs: ValueMetadata[] = []
  readonly #sessions: ort.InferenceSession[] = []
  #givenUp = false
  #runs: RunTrace = emptyTrace()

  constructor(lock: Lock) {
    this.#lock = lock
  }

  /** Starts a fresh record and returns the one that the coming runs are written to. `control` is asked between them. */
  record(control: RunControl): RunTrace {
    this.#runs = emptyTrace(control)
    return this.#runs
  }

  async create(
    bytes: Uint8Array,
    options: ort.InferenceSession.SessionOptions,
  ): Promise<ort.InferenceSession> {
    const session = await this.#lock.run(async () => {
      if (this.#givenUp) throw new Error('its load has failed')
      const start = performance.now()
      try {
        const made = await createSession(bytes, options)
        this.#sessions.push(made)
        return made
      } finally {
        this.createMs += performance.now() - start
      }
    })
    this.inputs.push(...toMetadata(session.inputMetadata))
    this.outputs.push(...toMetadata(session.outputMetadata))
    const run = session.run.bind(session)
    session.run = (feeds: ort.InferenceSession.FeedsType) => this.#run(run, feeds)
    return session
  }

  /**
   * The load failed: lets go of what was made for it, of what is being made once that is there, and makes no more. Nobody
   * else would: Transformers.js forgets its other sessions when one of them cannot be made.
   */
  async giveUp(): Promise<void> {
    this.#givenUp = true
    await this.#lock.run(() => Promise.allSettled(this.#sessions.splice(0).map(session => session.release())))
  }

  async #run(
    run: (feeds: ort.InferenceSession.FeedsType) => Promise<ort.InferenceSession.OnnxValueMapType>,
    feeds: ort.InferenceSession.FeedsType,
  ): Promise<ort.InferenceSession.OnnxValueMapType> {
    const trace = this.#runs
    const { control } = trace
    if (control !== undefined && trace.firstRunAt !== undefined) {
      await control.step()
      // Transformers.js' own loop is left at its own door (StopWhenTold), where it lets its cache go.
      if (control.stopped !== undefined && !trace.generates) return throwing(control.stopped)
    }
    return await this.#lock.run(async () => {
      const start = performance.now()
      trace.firstRunAt ??= start
      trace.firstFeeds ??= feeds
      try {
        return await run(feeds)
      } catch (error) {
        return throwing(error)
      } finally {
        trace.lastRunEnd = performance.now()
        trace.computeMs += trace.lastRunEnd - start
      }
    })
  }
}

/** What the sessions of one model did for one request. */
export interface RunTrace {
  firstRunAt: number | undefined
  lastRunEnd: number | undefined
  computeMs: number
  firstFeeds: ort.InferenceSession.FeedsType | undefined
  /** A loop that ends by itself when told is under way. */
  generates: boolean
  readonly control: RunControl | undefined
}

const emptyTrace = (control?: RunControl): RunTrace => ({
  firstRunAt: undefined,
  lastRunEnd: undefined,
  computeMs: 0,
  firstFeeds: undefined,
  generates: false,
  control,
})

/** Throws `error` whenever a property is read or written; promises may look for `then`. */
function throwing<T extends object>(error: unknown): T {
  const fail = () => {
    throw error
  }
  return new Proxy<T>({} as T, {
    get: (_, key) => (key === 'then' ? undefined : fail()),
    set: fail,
    ownKeys: fail,
  })
}

export interface TappedOptions extends ort.InferenceSession.SessionOptions {
  readonly tap?: SessionTap
}

/** For the small graphs that Transformers.js makes for its own sums (resampling, spectrograms): locked, not traced. */
let helperTap: SessionTap | undefined

/** Before the first session: a worker has one lane and so one lock. */
export function useLock(lock: Lock): void {
  helperTap = new SessionTap(lock)
}

export const InferenceSession = {
  async create(
    bytes: Uint8Array,
    { tap = helperTap, ...options }: TappedOptions,
  ): Promise<ort.InferenceSession> {
    try {
      if (tap === undefined) throw new Error('a session was made before its lane had a lock')
      return await tap.create(bytes, options)
    } catch (error) {
      return throwing(error)
    }
  },
}
