// Whether a connection may hold a model, and on which back-end: the hard constraints, as a pure function of
// the spec and of what the page's probe has shown. Preferences do not enter here; routing weighs those.

import type { Backend, Capabilities } from '@shoal/browser-bridge'
import { precisionsOf, type ResolvedSpec } from '../ModelSpec.ts'
import { type BackendFamily, byBelief } from '../routing/preferences.ts'

type BackendChoice =
  | { readonly _tag: 'backend'; readonly backend: Backend }
  | { readonly _tag: 'refused'; readonly reason: string }

export interface BackendOrder {
  /** Each once, in the order in which they are to be tried. */
  readonly tries: readonly Backend[]
  /** Why platforms that come before them, or all, are left out. */
  readonly passedOver: readonly string[]
}

/** What is believed of back-ends, where the model leaves them open. */
export interface BackendBelief {
  readonly preferred: BackendFamily | undefined
  /** Of one request, on this kind of browser; undefined where none was seen. */
  readonly measuredMs: (backend: Backend) => number | undefined
  /** Whether another browser of this kind holds the model on it, or is to. */
  readonly isBeside: (backend: Backend) => boolean
}

const noBelief: BackendBelief = {
  preferred: undefined,
  measuredMs: () => undefined,
  isBeside: () => false,
}

/** By the order of the platforms that the model names. */
export function backendsFor(
  spec: ResolvedSpec,
  capabilities: Capabilities,
  belief: BackendBelief = noBelief,
): BackendOrder {
  const choices = spec.platforms.flatMap(platform => {
    if (spec.optimizations.computeShaders && (platform === 'auto' || platform === 'webgpu'))
      return computeShaders(spec, capabilities)
    return platform === 'auto' ? auto(spec, capabilities, belief) : choiceOf(platform, spec, capabilities)
  })
  return {
    tries: [...new Set(choices.flatMap(choice => (choice._tag === 'backend' ? choice.backend : [])))],
    passedOver: choices.flatMap(choice => (choice._tag === 'refused' ? choice.reason : [])),
  }
}

function choiceOf(platform: BackendFamily, spec: ResolvedSpec, capabilities: Capabilities): BackendChoice {
  switch (platform) {
    case 'wasm':
      return wasm(capabilities)
    case 'webgpu':
      return webgpu(spec, capabilities)
    case 'webnn':
      return webnn(capabilities)
  }
}

/**
 * The back-end that is preferred, where it is there and on hardware, and what would be chosen without it; the one that is
 * believed to be faster first. A belief that nothing else is ever held against would last for ever: beside one that is
 * held on the preferred back-end and known, one copy is loaded on the usual one, until that is known too.
 */
function auto(spec: ResolvedSpec, capabilities: Capabilities, belief: BackendBelief): BackendChoice[] {
  const { preferred, measuredMs, isBeside } = belief
  const own = preferred && choiceOf(preferred, spec, capabilities)
  const usual = usualOf(spec, capabilities)
  if (own?._tag !== 'backend' || !isWorthwhile(own.backend, capabilities)) return [usual]
  if (usual._tag === 'refused') return [own, usual]
  const [one, other] = [own.backend, usual.backend]
  const isKnown = measuredMs(one) !== undefined && isBeside(one)
  if (isKnown && measuredMs(other) === undefined && !isBeside(other)) return [usual, own]
  return byBelief([own, usual], ({ backend }) => measuredMs(backend))
}

/** A software adapter is right but slower than WASM by orders of magnitude: never chosen by itself. */
function usualOf(spec: ResolvedSpec, capabilities: Capabilities): BackendChoice {
  return hasHardware(capabilities) && webgpu(spec, capabilities)._tag === 'backend'
    ? { _tag: 'backend', backend: 'webgpu' }
    : wasm(capabilities)
}

/** WebNN does not say what is behind it: an NPU is hardware, a GPU where WebGPU's adapter is, the processor never. */
function isWorthwhile(backend: Backend, capabilities: Capabilities): boolean {
  return (
    backend === 'wasm' || backend === 'webnn-npu' || (backend !== 'webnn-cpu' && hasHardware(capabilities))
  )
}

function hasHardware(capabilities: Capabilities): boolean {
  return capabilities.webgpu !== undefined && !capabilities.webgpu.adapter.software
}

function wasm(capabilities: Capabilities): BackendChoice {
  return capabilities.wasm.simd
    ? { _tag: 'backend', backend: 'wasm' }
    : refused(capabilities, 'wasm', 'its WebAssembly has no SIMD')
}

function webgpu(spec: ResolvedSpec, capabilities: Capabilities): BackendChoice {
  const { webgpu: found } = capabilities
  if (!found) return refused(capabilities, 'webgpu', 'it offers no WebGPU adapter')
  if (precisionsOf(spec.dtype).includes('fp16') && !found.features.includes('shader-f16'))
    return { _tag: 'refused', reason: 'its WebGPU adapter lacks shader-f16, which fp16 needs; use fp32' }
  return { _tag: 'backend', backend: 'webgpu' }
}

function webnn(capabilities: Capabilities): BackendChoice {
  for (const device of ['npu', 'gpu', 'cpu'] as const) {
    if (capabilities.webnn[device]) return { _tag: 'backend', backend: `webnn-${device}` }
  }
  return refused(capabilities, 'webnn-cpu', 'no WebNN context could run a graph')
}

function computeShaders(spec: ResolvedSpec, capabilities: Capabilities): BackendChoice {
  if (hasHardware(capabilities)) return webgpu(spec, capabilities)
  return {
    _tag: 'refused',
    reason: capabilities.webgpu
      ? 'computeShaders is not worthwhile there: its WebGPU adapter is software, where they are slower than WASM; leave it out'
      : 'it offers no WebGPU adapter, so there are no compute shaders; leave computeShaders out',
  }
}

function refused(capabilities: Capabilities, backend: Backend, otherwise: string): BackendChoice {
  return { _tag: 'refused', reason: capabilities.reasons[backend] ?? otherwise }
}
