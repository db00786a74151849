// The lanes' workers, started and terminated by the main thread for the link worker, which speaks with them itself.
// Not nested in the link worker: in a Firefox that is driven over WebDriver BiDi a worker that starts another waits on
// the condition variable that the other sleeps on too, and a wake-up meant for the one may go to the other: one start
// in some fifty never returned. The main thread does not wait.

export class LaneThreads {
  readonly #workers = new Map<number, Worker>()
  readonly #broke: (worker: number, reason: string) => void

  constructor(broke: (worker: number, reason: string) => void) {
    this.#broke = broke
  }

  spawn(id: number, port: MessagePort): void {
    // A variable keeps the bundler from folding the worker's script into this one.
    const script = 'lane.worker.js'
    const worker = new Worker(new URL(script, import.meta.url), { type: 'module', name: `lane ${id}` })
    this.#workers.set(id, worker)
    worker.onerror = event => {
      event.preventDefault()
      const where = event.filename === '' ? 'its script did not load' : `${event.filename}:${event.lineno}`
      const what = event.message === '' || event.message === undefined ? 'error' : event.message
      this.#broke(id, `${what} (${where})`)
    }
    worker.postMessage(port, [port])
  }

  terminate(id: number): void {
    this.#workers.get(id)?.terminate()
    this.#workers.delete(id)
  }
}
