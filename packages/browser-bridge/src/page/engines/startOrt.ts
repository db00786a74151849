// Starts ONNX Runtime in this worker: set up once for the lane's back-end, proved by a tiny graph, and watched for a device
// that is lost.

import * as ort from 'onnxruntime-web'
import type { Backend } from '../../protocol/messages.ts'
import { LaneError } from '../../protocol/wireErrors.ts'
import { Lock } from '../Lock.ts'
import { describeAdapter } from '../probes/adapter.ts'
import { contextLost } from './mlContexts.ts'
import { type OrtRuntime, sessionOptions } from './ortRuntime.ts'
import { tinyGraph } from './tinyGraph.ts'

/** The runtime's files: plain WebAssembly for WASM lanes (half the size), the asyncify build where a device is awaited. */
const wasmFile = (backend: Backend) =>
  backend === 'wasm' ? 'ort-wasm-simd-threaded' : 'ort-wasm-simd-threaded.asyncify'

/** Fails with LaneError 'BackendUnavailable', saying why. Once for a worker. */
export async function startOrt(backend: Backend, threads: number, runtimeUrl: string): Promise<OrtRuntime> {
  const file = runtimeUrl + wasmFile(backend)
  ort.env.logLevel = 'error'
  ort.env.wasm.wasmPaths = { mjs: `${file}.mjs`, wasm: `${file}.wasm` }
  ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.max(1, threads) : 1
  ort.env.wasm.proxy = false
  const context = backend.startsWith('webnn-') ? contextLost(navigator.ml) : undefined
  try {
    if (backend === 'webgpu' && !('gpu' in navigator)) throw new Error('navigator.gpu is not there')
    await proveBackend(backend)
    const device = backend === 'webgpu' ? await ort.env.webgpu.device : undefined
    return {
      backend,
      lock: new Lock(),
      threads: ort.env.wasm.numThreads ?? 1,
      ...(device === undefined ? {} : { adapter: describeAdapter(device.adapterInfo) }),
      ...watchOver(device, context),
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new LaneError('BackendUnavailable', `${backend} does not work in this browser: ${why}`, {
      cause: error,
    })
  }
}

const watchOver = (
  device: GPUDevice | undefined,
  context: Promise<string> | undefined,
): Pick<OrtRuntime, 'deviceLost' | 'lookAtDevice'> => {
  const lost = (what: string) => (why: string) => `${what} was lost: ${why}`
  if (device === undefined) {
    const deviceLost = context?.then(lost('the WebNN context')) ?? new Promise<string>(() => {})
    return { deviceLost, lookAtDevice: async () => {} }
  }
  const seen = Promise.withResolvers<string>()
  return {
    deviceLost: Promise.race([device.lost.then(({ message }) => message), seen.promise]).then(
      lost('the GPU device'),
    ),
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
