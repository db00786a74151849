// The heaps of WebAssembly in this worker, as they are made: how large they have become. A heap grows and never shrinks,
// so what a load makes it grow by is what the model took, however noisy the machine is. It frees nothing.

const heaps: WebAssembly.Memory[] = []

/** Before the engine makes its heap; one that was made earlier is not seen. */
export function watchHeaps(): void {
  WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
    construct(target, args, newTarget) {
      const memory: WebAssembly.Memory = Reflect.construct(target, args, newTarget)
      heaps.push(memory)
      return memory
    },
  })
}

/** undefined where none was seen. */
export function heapBytes(): number | undefined {
  if (heaps.length === 0) return undefined
  return heaps.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
}
