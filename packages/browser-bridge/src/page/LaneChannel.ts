// The wire between the link worker and one lane: one end of a MessageChannel, typed. Not the lane's life: the main
// thread starts and terminates its worker.

/**
 * Firefox sends what goes through a port by way of its parent process, 10 ns a byte, except for messages that hold
 * shared memory: those stay in the process and move their buffers. So there each message carries a byte of it.
 */
const anchor =
  navigator.userAgent.includes('Firefox/') && globalThis.crossOriginIsolated
    ? new SharedArrayBuffer(1)
    : undefined

interface Envelope<M> {
  readonly message: M
  readonly anchor: SharedArrayBuffer | undefined
}

export class LaneChannel<Out, In> {
  readonly #port: MessagePort

  constructor(port: MessagePort, receive: (message: In) => void) {
    this.#port = port
    port.onmessage = (event: MessageEvent<Envelope<In>>) => receive(event.data.message)
  }

  /** Buffers in `transfer` are gone from here. */
  post(message: Out, transfer: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage({ message, anchor } satisfies Envelope<Out>, [...transfer])
  }

  close(): void {
    this.#port.onmessage = null
    this.#port.close()
  }
}
