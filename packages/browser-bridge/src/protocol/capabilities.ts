// What a page is and what was seen to run in it, as its hello says it and the host plans its lanes by.

export type Backend = 'wasm' | 'webgpu' | 'webnn-cpu' | 'webnn-gpu' | 'webnn-npu'

export interface Adapter {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
  /** Drawn by the CPU: right, never fast. */
  readonly software: boolean
}

/** What really ran in this page when it was tried; nothing here goes by a property's presence. */
export interface Capabilities {
  readonly isolated: boolean
  readonly cores: number
  /** WASM threads that can be used here: 1 where the page is not isolated. */
  readonly threads: number
  readonly memoryGb?: number
  readonly wasm: { readonly simd: boolean; readonly threads: boolean }
  readonly webgpu?: {
    readonly adapter: Adapter
    readonly features: readonly string[]
    readonly limits: Readonly<Record<string, number>>
  }
  readonly webnn: { readonly cpu: boolean; readonly gpu: boolean; readonly npu: boolean }
  /** For each back-end that does not work, why. */
  readonly reasons: Readonly<Partial<Record<Backend, string>>>
}

export interface BrowserIdentity {
  readonly name: string
  readonly version: string
  readonly userAgent: string
}
