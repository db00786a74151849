// A socket that was let through the upgrade and has not said anything yet: it may send little and wait briefly. Not
// what its first message is worth: that is the gateway's to judge.
import type { Duplex } from 'node:stream'
import type { PageMessage } from '../../protocol/messages.ts'
import type { Link } from '../link/Link.ts'

const limitBytes = 64 * 1024

export type HandshakeFault = 'HelloLate' | 'HelloTooLarge' | 'HelloCrowdedOut'

export interface HandshakeListener {
  /** It said its first message; the link's later ones have no listener yet. */
  readonly said: (message: PageMessage) => void
  /** It took too long or sent too much, and was cut off. */
  readonly failed: (fault: HandshakeFault) => void
  /** Once, before either, and also where the socket just closed. */
  readonly over: () => void
}

type State =
  | { readonly _tag: 'Pending'; readonly timer: NodeJS.Timeout; bytes: number }
  | { readonly _tag: 'Over' }

export class PendingHandshake {
  readonly #link: Link
  readonly #stream: Duplex
  readonly #listener: HandshakeListener
  #state: State

  /** `stream` is the TCP stream under the link: what it carries is counted before it is a message. */
  constructor(link: Link, stream: Duplex, limitMs: number, listener: HandshakeListener) {
    this.#link = link
    this.#stream = stream
    this.#listener = listener
    const timer = setTimeout(() => this.#fail('HelloLate'), limitMs)
    timer.unref()
    this.#state = { _tag: 'Pending', timer, bytes: 0 }
    stream.on('data', this.#count)
    void link.closed.then(() => this.#end())
    link.onMessage(message => {
      if (this.#end()) listener.said(message)
    })
  }

  /** Ends it for the sake of another one: so many are pending that the oldest is the likeliest to mean nothing. */
  crowdOut(): void {
    this.#fail('HelloCrowdedOut')
  }

  readonly #count = (chunk: Buffer): void => {
    if (this.#state._tag === 'Over') return
    this.#state.bytes += chunk.length
    if (this.#state.bytes > limitBytes) this.#fail('HelloTooLarge')
  }

  #fail(fault: HandshakeFault): void {
    if (!this.#end()) return
    this.#listener.failed(fault)
    this.#link.terminate()
  }

  /** False where it was over already. */
  #end(): boolean {
    if (this.#state._tag === 'Over') return false
    clearTimeout(this.#state.timer)
    this.#state = { _tag: 'Over' }
    this.#stream.off('data', this.#count)
    this.#listener.over()
    return true
  }
}
