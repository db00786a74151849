// The lanes' workers, started and terminated by the main thread for the link worker, which speaks with them itself.
// Not nested in the link worker: in a Firefox that is driven over WebDriver BiDi a worker that starts another waits on
// the condition variable that the other sleeps on too, and a wake-up meant for the one may go to the other: one start
// in some fifty never returned. The main thread does not wait. For the same reason a lane there has its engine's
// threads started here.

import type { FromLaneWorker, StartThread } from './innerMessages.ts'

interface LaneThread {
  readonly worker: Worker
  /** The engine's own threads, where the lane does not start them itself. */
  readonly threads: Map<number, Worker>
}

// Variables keep the bundler from folding the workers' scripts into this one.
const laneScript = 'lane.worker.js'
const threadScript = 'thread.worker.js'

export class LaneThreads {
  readonly #lanes = new Map<number, LaneThread>()
  readonly #broke: (worker: number, reason: string) => void

  constructor(broke: (worker: number, reason: string) => void) {
    this.#broke = broke
  }

  spawn(id: number, port: MessagePort): void {
    const lane: LaneThread = { worker: this.#start(id, laneScript, `lane ${id}`), threads: new Map() }
    this.#lanes.set(id, lane)
    lane.worker.onmessage = (event: MessageEvent<FromLaneWorker>) => this.#obey(id, lane, event.data)
    lane.worker.postMessage(port, [port])
  }

  terminate(id: number): void {
    const lane = this.#lanes.get(id)
    this.#lanes.delete(id)
    lane?.worker.terminate()
    for (const thread of lane?.threads.values() ?? []) thread.terminate()
  }

  terminateAll(): void {
    for (const id of [...this.#lanes.keys()]) this.terminate(id)
  }

  #obey(id: number, lane: LaneThread, message: FromLaneWorker): void {
    // Terminated meanwhile.
    if (this.#lanes.get(id) !== lane) return
    if (message.kind === 'startThread') {
      const { thread, script, name, port } = message
      const worker = this.#start(id, threadScript, name)
      lane.threads.set(thread, worker)
      worker.postMessage({ script, port } satisfies StartThread, [port])
    } else {
      lane.threads.get(message.thread)?.terminate()
      lane.threads.delete(message.thread)
    }
  }

  #start(id: number, script: string, name: string): Worker {
    const worker = new Worker(new URL(script, import.meta.url), { type: 'module', name })
    worker.onerror = event => {
      event.preventDefault()
      const where = event.filename === '' ? 'its script did not load' : `${event.filename}:${event.lineno}`
      const what = event.message === '' || event.message === undefined ? 'error' : event.message
      this.#broke(id, `${what} (${where})`)
    }
    return worker
  }
}
