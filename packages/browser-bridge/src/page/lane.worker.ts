// Entry of a lane's worker: opens the back-end, then feeds frames to the lane's host and beats while it is idle.

import type { Adapter } from '../protocol/messages.ts'
import { LaneError, toWireError } from '../protocol/wireErrors.ts'
import type { Engine } from './engines/Engine.ts'
import { heapBytes, watchHeaps } from './engines/heap.ts'
import { onnxEngine } from './engines/onnx.ts'
import type { OrtRuntime } from './engines/ortRuntime.ts'
import { startOrt } from './engines/startOrt.ts'
import type { FromLane, OpenLane, ToLane } from './innerMessages.ts'
import { LaneChannel } from './LaneChannel.ts'
import { LaneHost } from './LaneHost.ts'
import { lanePacking } from './laneEntries.ts'
import { openFileCache } from './OpfsCache.ts'
import { RelayedWorker } from './RelayedWorker.ts'

// What the link worker answers comes after all that it sent before. A message to ourselves would not: it may overtake
// what still waits in the other port.
const turns: (() => void)[] = []
const turn = () =>
  new Promise<void>(resolve => {
    turns.push(resolve)
    post({ kind: 'turn' })
  })

if (navigator.userAgent.includes('Firefox/')) Object.assign(globalThis, { Worker: RelayedWorker })

let link: LaneChannel<FromLane, ToLane> | undefined
const post = (message: FromLane, transfer: readonly ArrayBuffer[] = []) => link?.post(message, transfer)

type Life =
  | { readonly _tag: 'New' }
  | { readonly _tag: 'Opening' }
  | { readonly _tag: 'Open'; readonly open: OpenLane; readonly runtime: OrtRuntime; readonly host: LaneHost }

let life: Life = { _tag: 'New' }

async function open(message: OpenLane): Promise<void> {
  life = { _tag: 'Opening' }
  watchHeaps()
  const runtime = await startOrt(message.backend, message.threads, message.runtimeUrl)
  let tasks: Promise<Engine> | undefined
  let cache: ReturnType<typeof openFileCache> | undefined
  const host = new LaneHost({
    filesUrl: message.filesUrl,
    limits: message.limits,
    engine: async kind => {
      if (kind === 'graph') return onnxEngine(runtime)
      tasks ??= import('./engines/transformers.ts').then(({ transformersEngine }) =>
        transformersEngine(runtime),
      )
      return await tasks
    },
    cache: () => {
      cache ??= openFileCache()
      return cache
    },
    heapBytes,
    post,
    turn,
    failed: runtime.lookAtDevice,
  })
  life = { _tag: 'Open', open: message, runtime, host }
  void runtime.deviceLost.then(reason => fatal(new LaneError('DeviceLost', reason)))
  setInterval(() => {
    if (host.idle) host.say({ t: 'laneBeat', lane: message.lane })
  }, message.beatMs)
  sayOpened()
}

function sayOpened(): void {
  if (life._tag !== 'Open') return
  const { open, runtime, host } = life
  const adapter: { adapter?: Adapter } = runtime.adapter === undefined ? {} : { adapter: runtime.adapter }
  post({ kind: 'opened', threads: runtime.threads, ...adapter })
  host.say({ t: 'laneOpened', lane: open.lane, backend: open.backend, threads: runtime.threads, ...adapter })
}

const fatal = (error: unknown) => post({ kind: 'fatal', error: toWireError(error) })

// Main hears of it too, and says so where this worker has no port yet; it may be busy just then.
self.addEventListener('error', ({ message, filename, lineno }) =>
  fatal(new LaneError('LaneGone', `its worker threw: ${message} (${filename}:${lineno})`)),
)

function receive(message: ToLane): void {
  if (!(message instanceof ArrayBuffer)) {
    if (message.kind === 'open') open(message).catch(fatal)
    else if (message.kind === 'turned') turns.shift()?.()
    else {
      if (life._tag === 'Open') life.host.forsaken()
      sayOpened()
    }
  } else if (life._tag === 'Open') {
    life.host.receive(message)
  } else {
    fatal(new LaneError('LaneGone', 'a frame came before the lane was open'))
  }
}

self.onmessage = (event: MessageEvent<MessagePort>) => {
  link = new LaneChannel(event.data, lanePacking, {
    receive,
    broke: reason => fatal(new LaneError('LaneGone', reason)),
  })
}
