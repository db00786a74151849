// How many lanes a page should have on a back-end, with how many threads each, and in which order back-ends are tried:
// decided by what its probe has shown, unless the user says otherwise. Pure; openLanes.ts does it.

import type { Backend, Capabilities } from '../../protocol/messages.ts'

export interface LaneWish {
  /** Lanes (default: by cores, threads, memory and adapter). */
  readonly lanes?: number
  /** WASM threads of each lane; more than the page can use are not given (default: half of its cores, 4 at most). */
  readonly threads?: number
  /** Pages that share this machine's cores, this one included (default 1). */
  readonly pages?: number
}

export interface LanePlan {
  readonly lanes: number
  /** WASM threads of each. */
  readonly threads: number
  /** Why so many, for a person. */
  readonly why: string
}

/** More threads gain little on the graphs measured so far, and ONNX Runtime itself starts no more by default. */
const mostThreads = 4

type Machine = Pick<Capabilities, 'cores' | 'threads' | 'memoryGb' | 'webgpu'>

export function planLanes(backend: Backend, machine: Machine, wish: LaneWish = {}): LanePlan {
  const cores = Math.max(1, Math.floor(machine.cores / (wish.pages ?? 1)))
  if (backend !== 'wasm') {
    const { lanes = 1 } = wish
    return { lanes, threads: 1, why: wish.lanes === undefined ? oneDevice(backend, machine) : 'as asked' }
  }
  const usable = Math.max(1, machine.threads)
  const threads = Math.min(usable, wish.threads ?? Math.min(mostThreads, Math.ceil(cores / 2)))
  if (wish.lanes !== undefined) return { lanes: wish.lanes, threads, why: 'as asked' }
  const byCores = Math.max(1, Math.floor(cores / threads))
  // A lane has a heap and a runtime of its own, 0.1 GB before its first model.
  const byMemory = Math.max(1, Math.floor((machine.memoryGb ?? Number.POSITIVE_INFINITY) / 2))
  const lanes = Math.min(byCores, byMemory)
  const why =
    byMemory < byCores
      ? `one for each 2 GB of its ${machine.memoryGb}`
      : `${cores} ${cores === 1 ? 'core' : 'cores'}, ${threads} ${threads === 1 ? 'thread' : 'threads'} each`
  return { lanes, threads, why }
}

function oneDevice(backend: Backend, { webgpu }: Machine): string {
  if (backend !== 'webgpu') return 'one device, one lane'
  return webgpu?.adapter.software === true
    ? 'its adapter is the CPU, which two lanes would only share'
    : 'one GPU: what a second lane gives it waits behind the first'
}

export interface PassedOver {
  readonly backend: Backend
  readonly reason: string
}

export interface OpeningOrder {
  /** Back-ends to try, in this order. */
  readonly tries: readonly Backend[]
  /** Those of which the probe has shown already that they do not work. */
  readonly passedOver: readonly PassedOver[]
}

/** `wanted` in its own order, each once, without those that do not work there. */
export function openingOrder(wanted: readonly Backend[], capabilities: Capabilities): OpeningOrder {
  const order = [...new Set(wanted)]
  const works = (backend: Backend) => worksIn(backend, capabilities)
  return {
    tries: order.filter(works),
    passedOver: order
      .filter(backend => !works(backend))
      .map(backend => ({ backend, reason: capabilities.reasons[backend] ?? 'its probe did not succeed' })),
  }
}

function worksIn(backend: Backend, { wasm, webgpu, webnn }: Capabilities): boolean {
  switch (backend) {
    case 'wasm':
      return wasm.simd
    case 'webgpu':
      return webgpu !== undefined
    case 'webnn-cpu':
      return webnn.cpu
    case 'webnn-gpu':
      return webnn.gpu
    case 'webnn-npu':
      return webnn.npu
  }
}
