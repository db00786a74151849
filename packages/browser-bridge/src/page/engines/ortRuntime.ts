// ONNX Runtime of a lane as the engines see it: its back-end, and the one lock around create and run that they all share.
// How it is started, and watched, is startOrt.ts's.

import type * as ort from 'onnxruntime-web'
import type { Adapter, Backend } from '../../protocol/messages.ts'
import type { Lock } from '../Lock.ts'

export interface OrtRuntime {
  readonly backend: Backend
  readonly lock: Lock
  /** Threads that are really used. */
  readonly threads: number
  readonly adapter?: Adapter
  /** Settles, saying what was lost and why, when the GPU device or the WebNN context is gone; never where there is none. */
  readonly deviceLost: Promise<string>
  /**
   * Resolves once it has been tried whether the GPU device lives; `deviceLost` settles where it does not. A Firefox may
   * tell of a lost one late or never: it fails the run that is under way, and the next one never ends.
   */
  readonly lookAtDevice: () => Promise<void>
}

const providers: Record<Backend, ort.InferenceSession.ExecutionProviderConfig> = {
  wasm: 'wasm',
  webgpu: 'webgpu',
  'webnn-cpu': { name: 'webnn', deviceType: 'cpu' },
  'webnn-gpu': { name: 'webnn', deviceType: 'gpu' },
  'webnn-npu': { name: 'webnn', deviceType: 'npu' },
}

export function sessionOptions(backend: Backend): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [providers[backend]],
    logSeverityLevel: 3,
  }
}
