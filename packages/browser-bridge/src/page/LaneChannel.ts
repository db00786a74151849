// The wire between the link worker and one lane: one end of a MessageChannel, typed. Not the lane's life: the main
// thread starts and terminates its worker.

import type { Port } from './innerMessages.ts'

/**
 * Firefox sends what goes through a port by way of its parent process, 10 ns a byte, except for messages that hold
 * shared memory: those stay in the process and move their buffers. So there each message carries a byte of it.
 */
const anchor =
  navigator.userAgent.includes('Firefox/') &&
  (globalThis as { readonly crossOriginIsolated?: boolean }).crossOriginIsolated
    ? new SharedArrayBuffer(1)
    : undefined

interface Envelope<M> {
  readonly message: M
  readonly anchor: SharedArrayBuffer | undefined
}

/** Node, where some of this page's code is tested, types no `onmessage`. */
function hear(port: Port, onmessage: ((event: { readonly data: unknown }) => void) | null): void {
  Object.assign(port, { onmessage })
}

export class LaneChannel<Out, In> {
  readonly #port: Port

  constructor(port: Port, receive: (message: In) => void) {
    this.#port = port
    hear(port, event => receive((event.data as Envelope<In>).message))
  }

  /** Buffers in `transfer` are gone from here. */
  post(message: Out, transfer: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage({ message, anchor } satisfies Envelope<Out>, [...transfer])
  }

  close(): void {
    hear(this.#port, null)
    this.#port.close()
  }
}
