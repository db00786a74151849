// Whether a WebGPU adapter is a device or the CPU in disguise. Pure: everything it goes by is passed in.

import type { Adapter } from '../../protocol/messages.ts'

export interface AdapterInfo {
  readonly vendor: string
  readonly architecture: string
  readonly device: string
  readonly description: string
  readonly isFallbackAdapter?: boolean
}

/** SwiftShader (Chromium), llvmpipe and lavapipe (Mesa), WARP (Windows), Apple's software renderer. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|\bwarp\b|basic render|software/i

export function describeAdapter(info: AdapterInfo): Adapter {
  const { vendor, architecture, device, description, isFallbackAdapter = false } = info
  const named = [vendor, architecture, device, description].some(text => softwareNames.test(text))
  return {
    vendor,
    architecture,
    description: description === '' ? device : description,
    software: isFallbackAdapter || named,
  }
}
