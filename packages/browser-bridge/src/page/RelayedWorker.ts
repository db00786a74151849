// A worker that a lane seems to start and the main thread starts for it: what the engine takes for `Worker` in a
// Firefox, where a worker must not start another (LaneThreads.ts says why). Only what Emscripten's threads use.

import type { FromLaneWorker } from './innerMessages.ts'

const toMain = (message: FromLaneWorker, transfer: MessagePort[] = []) =>
  self.postMessage(message, { transfer })

let started = 0

export class RelayedWorker {
  onmessage: ((event: MessageEvent) => void) | null = null
  /** Never called: what the thread throws is said by main, as the lane's own. */
  onerror: ((event: ErrorEvent) => void) | null = null
  readonly #port: MessagePort
  readonly #thread = ++started

  constructor(script: string | URL, { name = '' }: WorkerOptions = {}) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.onmessage = event => this.onmessage?.(event)
    toMain({ kind: 'startThread', thread: this.#thread, script: String(script), name, port: port2 }, [port2])
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer)
  }

  terminate(): void {
    this.#port.close()
    toMain({ kind: 'endThread', thread: this.#thread })
  }
}
