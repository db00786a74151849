// ONNX Runtime in this worker: set up once for the lane's back-end, proved by a tiny graph, and guarded by the one
// lock around create and run that all engines of the lane share.

import * as ort from 'onnxruntime-web'
import type { Adapter, Backend } from '../../protocol/messages.ts'
import { LaneError } from '../../protocol/wireErrors.ts'
import { Lock } from '../Lock.ts'
import { describeAdapter } from '../probes/adapter.ts'
import { tinyGraph } from './tinyGraph.ts'

export interface OrtRuntime {
  readonly backend: Backend
  readonly lock: Lock
  /** Threads that are really used. */
  readonly threads: number
  readonly adapter?: Adapter
  /** Settles when the GPU device is gone; never where there is none. */
  readonly deviceLost: Promise<string>
  /**
   * Resolves once it has been tried whether the GPU device lives; `deviceLost` settles where it does not. A Firefox may
   * tell of a lost one late or never: it fails the run that is under way, and the next one never ends.
   */
  readonly lookAtDevice: () => Promise<void>
}

/** The runtime's files: plain WebAssembly for WASM lanes (half the size), the asyncify build where a device is awaited. */
const wasmFile = (backend: Backend) =>
  backend === 'wasm' ? 'ort-wasm-simd-threaded' : 'ort-wasm-simd-threaded.asyncify'

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

/** Fails with LaneError 'BackendUnavailable', saying why. Once for a worker. */
export async function startOrt(backend: Backend, threads: number, runtimeUrl: string): Promise<OrtRuntime> {
  const file = runtimeUrl + wasmFile(backend)
  ort.env.logLevel = 'error'
  ort.env.wasm.wasmPaths = { mjs: `${file}.mjs`, wasm: `${file}.wasm` }
  ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.max(1, threads) : 1
  ort.env.wasm.proxy = false
  try {
    if (backend === 'webgpu' && !('gpu' in navigator)) throw new Error('navigator.gpu is not there')
    await proveBackend(backend)
    const device = backend === 'webgpu' ? await ort.env.webgpu.device : undefined
    return {
      backend,
      lock: new Lock(),
      threads: ort.env.wasm.numThreads ?? 1,
      ...(device === undefined ? {} : { adapter: describeAdapter(device.adapterInfo) }),
      ...watchOver(device),
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new LaneError('BackendUnavailable', `${backend} does not work in this browser: ${why}`, {
      cause: error,
    })
  }
}

const watchOver = (device: GPUDevice | undefined): Pick<OrtRuntime, 'deviceLost' | 'lookAtDevice'> => {
  if (device === undefined) return { deviceLost: new Promise(() => {}), lookAtDevice: async () => {} }
  const seen = Promise.withResolvers<string>()
  return {
    deviceLost: Promise.race([device.lost.then(({ message }) => message), seen.promise]),
    lookAtDevice: async () => {
      let buffer: GPUBuffer | undefined
      try {
        buffer = device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ })
        await buffer.mapAsync(GPUMapMode.READ)
      } catch (error) {
        seen.resolve(error instanceof Error ? error.message : String(error))
        // Whoever waits for that hears of it first.
        await seen.promise
      } finally {
        buffer?.destroy()
      }
    },
  }
}

/** Also compiles the runtime, so that a lane that has opened loads its first model without that wait. */
async function proveBackend(backend: Backend): Promise<void> {
  const session = await ort.InferenceSession.create(tinyGraph, sessionOptions(backend))
  const x = new ort.Tensor('float32', new Float32Array([1, 2, 3, 4]), [4])
  const { y } = await session.run({ x })
  const sum = (y?.data as Float32Array | undefined)?.reduce((a, b) => a + b, 0)
  // On WebGPU the last session to go takes the device with it: this one stays.
  if (backend === 'wasm') await session.release()
  if (sum !== 20) throw new Error(`a tiny graph computed ${sum}, not 20`)
}
