// Whether WebGPU works here, by running a shader that doubles four numbers and reading them back.

import type { Capabilities } from '../../protocol/messages.ts'
import { absence } from './absence.ts'
import { describeAdapter } from './adapter.ts'

const shader = `
@group(0) @binding(0) var<storage, read_write> data: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) { data[id.x] = data[id.x] * 2.0; }`

type WebGpu = NonNullable<Capabilities['webgpu']>

/** Rejects with the reason where it does not work. */
export async function probeWebGpu(): Promise<WebGpu> {
  if (!('gpu' in navigator)) throw new Error(absence('navigator.gpu', isSecureContext))
  const adapter = await navigator.gpu.requestAdapter()
  if (adapter === null) throw new Error('no adapter: requestAdapter() answered null')
  const device = await adapter.requestDevice()
  try {
    const sum = await double(device)
    if (sum !== 20) throw new Error(`a shader computed ${sum}, not 20`)
  } finally {
    device.destroy()
  }
  const limits: Record<string, number> = {}
  // Limits are getters of the prototype.
  for (const name in adapter.limits) {
    const value: unknown = Reflect.get(adapter.limits, name)
    if (typeof value === 'number') limits[name] = value
  }
  return { adapter: describeAdapter(adapter.info), features: [...adapter.features].sort(), limits }
}

async function double(device: GPUDevice): Promise<number> {
  device.pushErrorScope('validation')
  const data = new Float32Array([1, 2, 3, 4])
  const storage = device.createBuffer({
    size: data.byteLength,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  })
  const readback = device.createBuffer({
    size: data.byteLength,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  })
  device.queue.writeBuffer(storage, 0, data)
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: shader }), entryPoint: 'main' },
  })
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: storage } }],
  })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, group)
  pass.dispatchWorkgroups(1)
  pass.end()
  encoder.copyBufferToBuffer(storage, 0, readback, 0, data.byteLength)
  device.queue.submit([encoder.finish()])
  await readback.mapAsync(GPUMapMode.READ)
  const sum = new Float32Array(readback.getMappedRange()).reduce((a, b) => a + b, 0)
  const error = await device.popErrorScope()
  if (error !== null) throw new Error(error.message)
  return sum
}
