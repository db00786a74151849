import type { Capabilities } from '@shoal/browser-bridge'
import { describe, expect, it } from 'vitest'
import { type ModelSpec, resolveSpec } from '../../src/ModelSpec.ts'
import { backendsFor } from '../../src/model/placement.ts'

const bare: Capabilities = {
  isolated: true,
  cores: 2,
  threads: 2,
  wasm: { simd: true, threads: true },
  webnn: { cpu: false, gpu: false, npu: false },
  reasons: { webgpu: 'no adapter was given', 'webnn-cpu': 'createContext was refused' },
}
const gpu = (software: boolean, features: string[] = []): Capabilities => ({
  ...bare,
  webgpu: {
    adapter: { vendor: 'v', architecture: 'a', description: 'd', software },
    features,
    limits: {},
  },
})

function backendOf(spec: Omit<ModelSpec, 'name'>, capabilities: Capabilities): string {
  const resolved = resolveSpec({ name: 'm', ...spec })
  if (resolved instanceof Error) throw resolved
  const { tries, passedOver } = backendsFor(resolved, capabilities)
  return tries.length > 0 ? tries.join(', ') : passedOver.join('; ')
}

describe('backendsFor', () => {
  const cases: ReadonlyArray<{
    rule: string
    spec: Omit<ModelSpec, 'name'>
    on: Capabilities
    is: string | RegExp
  }> = [
    { rule: 'auto is WebGPU on a hardware adapter', spec: {}, on: gpu(false), is: 'webgpu' },
    { rule: 'auto is WASM on a software adapter', spec: {}, on: gpu(true), is: 'wasm' },
    { rule: 'auto is WASM without WebGPU', spec: {}, on: bare, is: 'wasm' },
    {
      rule: 'WebGPU asked for by name may be software',
      spec: { platform: 'webgpu' },
      on: gpu(true),
      is: 'webgpu',
    },
    {
      rule: 'WebGPU is refused with the probe’s own reason',
      spec: { platform: 'webgpu' },
      on: bare,
      is: 'no adapter was given',
    },
    {
      rule: 'fp16 on WebGPU needs shader-f16',
      spec: { platform: 'webgpu', dtype: 'fp16' },
      on: gpu(false),
      is: /shader-f16/,
    },
    {
      rule: 'fp16 on WebGPU runs where shader-f16 is there',
      spec: { platform: 'webgpu', dtype: 'fp16' },
      on: gpu(false, ['shader-f16']),
      is: 'webgpu',
    },
    {
      rule: 'WebNN prefers the most specialised device that ran a graph',
      spec: { platform: 'webnn' },
      on: { ...bare, webnn: { cpu: true, gpu: true, npu: false } },
      is: 'webnn-gpu',
    },
    {
      rule: 'WebNN that ran no graph is refused',
      spec: { platform: 'webnn' },
      on: bare,
      is: 'createContext was refused',
    },
    {
      rule: 'compute shaders are refused on a software adapter, with the reason',
      spec: { type: 'audio', optimizations: { computeShaders: true } },
      on: gpu(true),
      is: /slower than WASM/,
    },
    {
      rule: 'a fallback is tried after the platform, each back-end once',
      spec: { platform: 'webgpu', fallback: ['auto', 'wasm'] },
      on: gpu(false),
      is: /^webgpu, wasm$/,
    },
    {
      rule: 'a fallback takes the place of what the connection lacks',
      spec: { platform: 'webnn', fallback: ['webgpu', 'wasm'] },
      on: bare,
      is: /^wasm$/,
    },
    {
      rule: 'where nothing of the order is there, each says why',
      spec: { platform: 'webnn', fallback: ['webgpu'] },
      on: bare,
      is: 'createContext was refused; no adapter was given',
    },
    {
      rule: 'a part in fp16 needs shader-f16 on WebGPU, as the whole does',
      spec: {
        type: 'multimodal',
        platform: 'webgpu',
        dtype: { vision_model: 'fp16' },
        fallback: ['wasm'],
      },
      on: gpu(false),
      is: /^wasm$/,
    },
  ]
  it.each(cases)('$rule', ({ spec, on, is }) => {
    expect(backendOf(spec, on)).toMatch(is)
  })
})
