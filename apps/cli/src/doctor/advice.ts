// What to do about what a browser's probe found, in a line each. Pure.

import type { Capabilities } from '@shoal/browser-bridge'

export function adviceFor(capabilities: Capabilities): string[] {
  const advice: string[] = []
  const { webgpu, webnn, reasons } = capabilities
  if (!capabilities.wasm.simd)
    advice.push('its WebAssembly has no SIMD, which ONNX Runtime needs; use a newer version')
  if (!capabilities.isolated) advice.push('its page is not isolated, so WASM runs one thread')
  if (!webgpu) advice.push(`no WebGPU: ${reasons.webgpu ?? 'no adapter'}`)
  else if (webgpu.adapter.software)
    advice.push('its WebGPU adapter is software: right, but slower than WASM; it is never preferred')
  if (!webnn.cpu && !webnn.gpu && !webnn.npu)
    advice.push(`no WebNN: ${reasons['webnn-cpu'] ?? reasons['webnn-gpu'] ?? 'no context ran a graph'}`)
  return advice
}
