// Whether WebAssembly's SIMD and threads work here, by instantiating and calling two modules of a few bytes.

/** A module that exports f(): i32.extract of an i32x4 sum; throws at compile time without SIMD. */
const simdModule = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 18, 1, 16, 0,
  65, 20, 253, 17, 65, 22, 253, 17, 253, 174, 1, 253, 27, 0, 11,
])

/** A module that imports a shared memory and exports f(): the old value of an atomic add at 0. */
const atomicsModule = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 2, 9, 1, 1, 109, 1, 109, 2, 3, 1, 1, 3, 2, 1, 0, 7, 5,
  1, 1, 102, 0, 0, 10, 12, 1, 10, 0, 65, 0, 65, 42, 254, 30, 2, 0, 11,
])

type Call = () => unknown

export function runsSimd(): boolean {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(simdModule))
    return (exports['f'] as Call)() === 42
  } catch {
    return false
  }
}

/** Needs cross-origin isolation: without it a shared memory cannot be made. */
export function runsThreads(): boolean {
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(atomicsModule), { m: { m: memory } })
    const before = (exports['f'] as Call)()
    return (
      before === 0 && new Int32Array(memory.buffer)[0] === 42 && memory.buffer instanceof SharedArrayBuffer
    )
  } catch {
    return false
  }
}
