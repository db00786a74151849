import type { Backend, Capabilities } from '@shoal/browser-bridge'
import { describe, expect, it } from 'vitest'
import { type ModelSpec, resolveSpec } from '../../src/ModelSpec.ts'
import { backendsFor } from '../../src/model/placement.ts'
import { preferenceOf } from '../../src/routing/preferences.ts'

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
  const preferred = preferenceOf(resolved.type).backend
  const { tries, passedOver } = backendsFor(resolved, capabilities, {
    preferred,
    measuredMs: () => undefined,
    isBeside: () => false,
  })
  return tries.length > 0 ? tries.join(', ') : passedOver.join('; ')
}

describe('a back-end that compares', () => {
  const spec = resolveSpec({ name: 'm', type: 'text_embedding' })
  if (spec instanceof Error) throw spec
  const npu = { ...bare, webnn: { cpu: false, gpu: false, npu: true } }
  const onto = (
    measured: Partial<Record<Backend, number>>,
    beside: readonly Backend[],
    on: Capabilities = npu,
  ) =>
    backendsFor(spec, on, {
      preferred: 'webnn',
      measuredMs: backend => measured[backend],
      isBeside: backend => beside.includes(backend),
    }).tries

  const cases: readonly [string, Partial<Record<Backend, number>>, readonly Backend[], readonly Backend[]][] =
    [
      [
        'is the usual one, where the preferred one is known and held',
        { 'webnn-npu': 9 },
        ['webnn-npu'],
        ['wasm', 'webnn-npu'],
      ],
      [
        'is none where the preferred one is not held elsewhere',
        { 'webnn-npu': 9 },
        [],
        ['webnn-npu', 'wasm'],
      ],
      ['is none where the preferred one was not measured', {}, ['webnn-npu'], ['webnn-npu', 'wasm']],
      ['is one at a time', { 'webnn-npu': 9 }, ['webnn-npu', 'wasm'], ['webnn-npu', 'wasm']],
      ['is none once both are known', { 'webnn-npu': 9, wasm: 90 }, ['webnn-npu'], ['webnn-npu', 'wasm']],
    ]
  it.each(cases)('%s', (_rule, measured, beside, tries) => {
    expect(onto(measured, beside)).toEqual(tries)
  })

  it('is none where the usual one is the preferred one', () => {
    expect(onto({ wasm: 9 }, ['wasm'], bare)).toEqual(['wasm'])
  })
})

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
      rule: 'compute shaders are worthwhile on a hardware adapter',
      spec: { type: 'audio', optimizations: { computeShaders: true } },
      on: gpu(false),
      is: /^webgpu$/,
    },
    {
      rule: 'compute shaders in fp16 need shader-f16, too',
      spec: { type: 'audio', dtype: 'fp16', optimizations: { computeShaders: true } },
      on: gpu(false),
      is: /shader-f16/,
    },
    {
      rule: 'auto tries WebNN first for text embedding, where an NPU ran a graph',
      spec: { type: 'text_embedding' },
      on: { ...bare, webnn: { cpu: true, gpu: false, npu: true } },
      is: /^webnn-npu, wasm$/,
    },
    {
      rule: 'auto tries WebNN first for text embedding on a GPU, where WebGPU’s adapter is hardware',
      spec: { type: 'text_embedding' },
      on: { ...gpu(false), webnn: { cpu: false, gpu: true, npu: false } },
      is: /^webnn-gpu, webgpu$/,
    },
    {
      rule: 'auto leaves WebNN out where its GPU may be software',
      spec: { type: 'text_embedding' },
      on: { ...gpu(true), webnn: { cpu: true, gpu: true, npu: false } },
      is: /^wasm$/,
    },
    {
      rule: 'auto leaves WebNN out where it is the processor',
      spec: { type: 'text_embedding' },
      on: { ...bare, webnn: { cpu: true, gpu: false, npu: false } },
      is: /^wasm$/,
    },
    {
      rule: 'auto tries no WebNN for another type',
      spec: { type: 'vision' },
      on: { ...gpu(false), webnn: { cpu: true, gpu: true, npu: true } },
      is: /^webgpu$/,
    },
    {
      rule: 'a platform that is asked for by name is not added to',
      spec: { type: 'text_embedding', platform: 'wasm' },
      on: { ...gpu(false), webnn: { cpu: true, gpu: true, npu: true } },
      is: /^wasm$/,
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

  it.each([
    ['what is preferred, where only that was measured', { 'webnn-npu': 90 }, 'webnn-npu, wasm'],
    ['the other, where that was measured to be faster', { 'webnn-npu': 90, wasm: 20 }, 'wasm, webnn-npu'],
    ['what was never measured, where it is preferred', { wasm: 20 }, 'webnn-npu, wasm'],
  ] as const)('auto tries first %s', (_, times: Partial<Record<Backend, number>>, expected) => {
    const spec = resolveSpec({ name: 'm', type: 'text_embedding' })
    if (spec instanceof Error) throw spec
    const on = { ...bare, webnn: { cpu: false, gpu: false, npu: true } }
    const { tries } = backendsFor(spec, on, {
      preferred: 'webnn',
      measuredMs: backend => times[backend],
      isBeside: () => false,
    })
    expect(tries.join(', ')).toBe(expected)
  })
})
