// What to do about what was found in a browser, in a line each, and what no recorded run stands for. Pure.

import type { BrowserKind, Capabilities, Way } from '@shoal/browser-bridge'
import type { BackendReport, BrowserReport } from './BrowserReport.ts'

type Backends = Extract<BrowserReport, { readonly state: 'works' }>['backends']

export function adviceFor(capabilities: Capabilities, backends: Backends): string[] {
  const advice: string[] = []
  const { wasm, webgpu } = backends
  if (!capabilities.wasm.simd)
    advice.push('its WebAssembly has no SIMD, which ONNX Runtime needs; use a newer version')
  else if (!wasm.ran) advice.push(`no WASM, without which nothing runs: ${wasm.reason}`)
  if (!capabilities.isolated) advice.push('its page is not isolated, so WASM runs one thread')
  if (!webgpu.ran) advice.push(`no WebGPU: ${webgpu.reason}`)
  else if (webgpu.adapter?.software)
    advice.push('its WebGPU adapter is software: right, but slower than WASM; it is never preferred')
  return advice
}

interface Run {
  readonly kind: BrowserKind
  readonly way: Way
  readonly platform: NodeJS.Platform
  readonly backends: Backends
}

/** Parts that work here and now, and that nobody has recorded a run of the tests on. */
export function unverifiedIn({ kind, way, platform, backends }: Run): string[] {
  const marks: string[] = []
  if (kind === 'chrome' || kind === 'edge') marks.push(kind)
  if (kind === 'webkit' && way !== 'plain') marks.push('webkit of Playwright’s build')
  if (platform !== 'linux') marks.push(platform)
  if (isHardware(backends.webgpu)) marks.push('hardware adapter')
  const devices = (['webnn-cpu', 'webnn-gpu', 'webnn-npu'] as const).filter(name => backends[name].ran)
  return [...marks, ...devices]
}

const isHardware = (report: BackendReport): boolean => report.ran && report.adapter?.software === false
