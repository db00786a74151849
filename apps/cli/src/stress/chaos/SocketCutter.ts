// Cuts the sockets over which pages speak to the host, as a network would: without a word to either side's program.
// Node tells of each connection that its servers accept (diagnostics channel `net.server.socket`).

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { Fault } from './Fault.ts'

const channel = 'net.server.socket'

/** A socket that has lived so long carries a page, not one file. */
const leastAgeMs = 1000

export class SocketCutter implements Disposable {
  readonly #since = new Map<Socket, number>()
  readonly #hear: (message: unknown) => void

  /** Begin before the pool starts: earlier connections are not heard of. */
  constructor() {
    this.#hear = message => {
      const { socket } = message as { readonly socket: Socket }
      this.#since.set(socket, performance.now())
      socket.once('close', () => this.#since.delete(socket))
    }
    subscribe(channel, this.#hear)
  }

  [Symbol.dispose](): void {
    unsubscribe(channel, this.#hear)
  }

  /** All of them at once: which one is whose is not known here. */
  cut(): number {
    const long = [...this.#since].filter(([, since]) => performance.now() - since > leastAgeMs)
    for (const [socket] of long) socket.destroy()
    return long.length
  }

  readonly fault: Fault = {
    name: 'cut',
    strike: async ({ all }) =>
      this.cut() > 0
        ? { where: 'every page', inFlight: all.reduce((sum, { running }) => sum + running, 0) }
        : undefined,
  }
}
