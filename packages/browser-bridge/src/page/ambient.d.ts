// What browsers have and the DOM library of this TypeScript does not know: user agent brands, and as much of WebNN
// as the probe needs (https://www.w3.org/TR/webnn/).

interface NavigatorUAData {
  readonly brands: readonly { readonly brand: string; readonly version: string }[]
}

type MLDeviceType = 'cpu' | 'gpu' | 'npu'
interface MLOperandDescriptor {
  readonly dataType: 'float32'
  readonly shape: readonly number[]
  readonly readable?: boolean
  readonly writable?: boolean
}
interface MLOperand {
  readonly shape: readonly number[]
}
interface MLTensor {
  destroy(): void
}
interface MLGraph {
  destroy?(): void
}
interface MLContext {
  createTensor(descriptor: MLOperandDescriptor): Promise<MLTensor>
  writeTensor(tensor: MLTensor, data: BufferSource): void
  readTensor(tensor: MLTensor): Promise<ArrayBuffer>
  dispatch(graph: MLGraph, inputs: Record<string, MLTensor>, outputs: Record<string, MLTensor>): void
  destroy?(): void
  /** Settles once, when the context is lost or destroyed. */
  readonly lost?: Promise<{ readonly message?: string }>
}
interface ML {
  createContext(options: { readonly deviceType: MLDeviceType }): Promise<MLContext>
}
declare class MLGraphBuilder {
  constructor(context: MLContext)
  input(name: string, descriptor: MLOperandDescriptor): MLOperand
  add(a: MLOperand, b: MLOperand): MLOperand
  build(outputs: Record<string, MLOperand>): Promise<MLGraph>
}

/** OPFS in a worker (https://fs.spec.whatwg.org/): the library of workers has it, that of the DOM does not. */
interface FileSystemSyncAccessHandle {
  truncate(size: number): void
  write(bytes: BufferSource, options: { readonly at: number }): number
  flush(): void
  close(): void
}
interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>
}

interface Navigator {
  readonly userAgentData?: NavigatorUAData
  readonly ml?: ML
  readonly deviceMemory?: number
}
