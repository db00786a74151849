// The words of the status page. Pure.

import type { Adapter, Backend, Capabilities, RefusalCode } from '../../protocol/messages.ts'
import { lowBattery } from '../../protocol/resting.ts'
import type { DeviceNotes, LaneStatus, LinkPhase, LinkStatus } from '../innerMessages.ts'

export interface BackendRow {
  readonly backend: Backend
  readonly works: boolean
  readonly note: string
  /** Drawn by the processor: it works, and is never fast. */
  readonly software: boolean
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
    const note = webnn[kind] ? 'ran a graph' : reason(backend)
    return { backend, works: webnn[kind], note, software: false }
  }
  return [
    {
      backend: 'wasm',
      works: wasm.simd,
      note: wasm.simd ? `SIMD, ${threads === 1 ? 'one thread' : `up to ${threads} threads`}` : reason('wasm'),
      software: false,
    },
    {
      backend: 'webgpu',
      works: webgpu !== undefined,
      note: webgpu === undefined ? reason('webgpu') : adapterLabel(webgpu.adapter),
      software: webgpu?.adapter.software === true,
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

/** As a sentence of its own. */
export const asSentence = (text: string): string => {
  const whole = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?…]$/.test(whole) || whole === '' ? whole : `${whole}.`
}

const refusedHeadline: Partial<Record<RefusalCode, string>> = {
  TokenUsed: 'This address has been used',
  TokenExpired: 'This address is out of date',
  TokenInvalid: 'This address is not valid here',
  BuildMismatch: 'This page is out of date',
  ProtocolMismatch: 'This page is out of date',
}

const plainHeadline: Readonly<Record<Exclude<LinkPhase, 'connected' | 'refused'>, string>> = {
  probing: 'Trying what this browser can do',
  connecting: 'Calling the host',
  waiting: 'The host cannot be reached',
  leaving: 'Finishing, then leaving',
  left: 'You have left',
  ended: 'Not connected any more',
}

/** The one thing to know now. */
export function headline({ phase, refusal, resting, lanes }: LinkStatus): string {
  if (phase === 'refused') return (refusal && refusedHeadline[refusal]) ?? 'The host refused this page'
  if (phase === 'waiting' && refusal === 'TooManyConnections') return 'Waiting for a free place'
  if (phase !== 'connected') return plainHeadline[phase]
  if (resting !== undefined) return 'Resting'
  const names = [...new Set(lanes.flatMap(lane => lane.running ?? []))]
  return names.length > 0 ? `Working on ${names.join(' and ')}` : 'Connected, ready for work'
}

/** Something that the device's owner should know. `warn`: it keeps the device from doing what it could. */
export interface Advice {
  readonly kind: 'warn' | 'info'
  readonly text: string
}

export interface Circumstances {
  /** Whether the browser takes where the page came from for safe: https, or this machine itself. */
  readonly secure: boolean
  readonly capabilities: Capabilities | undefined
  readonly notes: DeviceNotes | undefined
}

export function adviceFor({ secure, capabilities, notes }: Circumstances): Advice[] {
  const advice: Advice[] = []
  const say = (kind: Advice['kind'], text: string) => advice.push({ kind, text })
  if (!secure) {
    say(
      'warn',
      'This page came over plain http. Browsers then give it no WebGPU, no WebNN, no shared memory (so one thread) and no cache for models, and others on the network can read along. The host needs a certificate to serve it over https.',
    )
  } else if (capabilities?.isolated === false) {
    say(
      'warn',
      'This page is not isolated from others, so it has one thread. Something between it and the host takes headers away.',
    )
  }
  if (capabilities?.webgpu?.adapter.software === true) {
    say('info', 'WebGPU is drawn by the processor here: its answers are right, but it is slower than WASM.')
  }
  if (notes?.handheld === true) {
    say(
      'info',
      'Keep this page in front and the screen on: a phone puts pages to sleep that are not seen. What it was doing is then done elsewhere.',
    )
  } else if (notes?.visibility === 'hidden') {
    say('info', 'This page is in the background. It goes on working there, perhaps slower.')
  }
  const { battery } = notes ?? {}
  if (battery !== undefined) {
    const level = `The battery is at ${Math.round(battery.level * 100)} %`
    if (battery.charging) say('info', `${level}, charging.`)
    else {
      const low = battery.level < lowBattery
      const limit = `${Math.round(lowBattery * 100)} %`
      say(low ? 'warn' : 'info', `${level}. Below ${limit} this device gets no work until it is plugged in.`)
    }
  }
  return advice
}

/** How long an address lets others in, in words. */
export function forHowLong(ms: number): string {
  const minutes = Math.ceil(ms / 60_000)
  if (minutes < 60) return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`
  const hours = Math.round(minutes / 60)
  return `${hours} ${hours === 1 ? 'hour' : 'hours'}`
}
