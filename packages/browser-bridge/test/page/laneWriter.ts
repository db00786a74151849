// A lane in a thread of its own that does nothing but post: for the test of its channel.
import type { MessagePort as NodePort } from 'node:worker_threads'
import { workerData } from 'node:worker_threads'
import type { FromLane, Port, ToLane } from '../../src/page/innerMessages.ts'
import { LaneChannel } from '../../src/page/LaneChannel.ts'
import { lanePacking } from '../../src/page/laneEntries.ts'

const { port, lengths, stallAt, burst, posted } = workerData as {
  readonly port: NodePort & Port
  /** Of the messages, in order. */
  readonly lengths: readonly number[]
  /** So many messages in, so many are posted without a pause, and then `posted` is 1. */
  readonly stallAt: number
  readonly burst: number
  readonly posted: Int32Array<SharedArrayBuffer>
}

const channel = new LaneChannel<FromLane, ToLane>(port, lanePacking, {
  receive: message => {
    if (message instanceof ArrayBuffer) return
    if (message.kind === 'open') post(0)
    else channel.close()
  },
  broke: reason => {
    throw new Error(reason)
  },
})

function post(from: number): void {
  const to = from === stallAt ? from + burst : Math.min(from + 50, lengths.length)
  for (let id = from; id < to; id++)
    channel.post({ kind: 'end', id, succeeded: true, parts: [new Uint8Array(lengths[id] ?? 0).fill(id)] })
  if (from === stallAt) {
    Atomics.store(posted, 0, 1)
    Atomics.notify(posted, 0)
  }
  if (to < lengths.length) setImmediate(() => post(to))
}
