// The words of the status page. Pure.

import type { Adapter, Backend, Capabilities } from '../../protocol/messages.ts'
import type { LaneStatus } from '../innerMessages.ts'

export interface BackendRow {
  readonly backend: Backend
  readonly works: boolean
  readonly note: string
}

export function adapterLabel(adapter: Adapter | undefined): string {
  if (adapter === undefined) return ''
  const names = [adapter.vendor, adapter.architecture, adapter.description].filter(text => text !== '')
  const name = names.length === 0 ? 'unnamed adapter' : names.join(' ')
  return adapter.software ? `${name}, software: right, never fast` : name
}

export function backendRows({ wasm, webgpu, webnn, threads, reasons }: Capabilities): BackendRow[] {
  const reason = (backend: Backend) => reasons[backend] ?? 'does not work here'
  const nn = (kind: 'cpu' | 'gpu' | 'npu'): BackendRow => {
    const backend = `webnn-${kind}` as const
    return { backend, works: webnn[kind], note: webnn[kind] ? 'ran a graph' : reason(backend) }
  }
  return [
    {
      backend: 'wasm',
      works: wasm.simd,
      note: wasm.simd ? `SIMD, ${threads === 1 ? 'one thread' : `up to ${threads} threads`}` : reason('wasm'),
    },
    {
      backend: 'webgpu',
      works: webgpu !== undefined,
      note: webgpu === undefined ? reason('webgpu') : adapterLabel(webgpu.adapter),
    },
    nn('cpu'),
    nn('gpu'),
    nn('npu'),
  ]
}

export function laneLine({ state, running, threads, jobsDone }: LaneStatus, adapter: string): string {
  const done = `${jobsDone} ${jobsDone === 1 ? 'job' : 'jobs'} done`
  const now = state === 'running' && running !== undefined ? `running ${running}` : state
  const withThreads =
    adapter === '' && threads !== undefined ? [`${threads} ${threads === 1 ? 'thread' : 'threads'}`] : []
  return [now, done, ...withThreads, ...(adapter === '' ? [] : [adapter])].join(' · ')
}
