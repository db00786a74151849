// What this browser can really do: each back-end is made to compute something here, in a worker, and one that does
// not says why. Nothing goes by a property's presence or a browser's name.

import type { Backend, Capabilities } from '../protocol/messages.ts'
import { runsSimd, runsThreads } from './probes/wasm.ts'
import { probeWebGpu } from './probes/webgpu.ts'
import { probeWebNn } from './probes/webnn.ts'

/** A driver that answers nothing must not keep the page from joining. */
const limitMs = 10_000

const within = <T>(work: Promise<T>): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<T>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1000} s`)), limitMs)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}

const reasonOf = (error: unknown) =>
  error instanceof Error
    ? `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}`
    : String(error)

export async function probe(): Promise<Capabilities> {
  const reasons: Partial<Record<Backend, string>> = {}
  const attempt = async <T>(backend: Backend, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await within(work())
    } catch (error) {
      reasons[backend] = reasonOf(error)
      return undefined
    }
  }
  const simd = runsSimd()
  if (!simd) reasons.wasm = 'WebAssembly SIMD does not run here, and the engine needs it'
  const threads = runsThreads()
  const nn = (deviceType: MLDeviceType) =>
    attempt(`webnn-${deviceType}`, async () => {
      await probeWebNn(deviceType)
      return true
    })
  const [webgpu, cpu = false, gpu = false, npu = false] = await Promise.all([
    attempt('webgpu', probeWebGpu),
    nn('cpu'),
    nn('gpu'),
    nn('npu'),
  ])
  const cores = navigator.hardwareConcurrency
  return {
    isolated: self.crossOriginIsolated,
    cores,
    threads: threads ? cores : 1,
    ...(navigator.deviceMemory === undefined ? {} : { memoryGb: navigator.deviceMemory }),
    wasm: { simd, threads },
    ...(webgpu === undefined ? {} : { webgpu }),
    webnn: { cpu, gpu, npu },
    reasons,
  }
}
