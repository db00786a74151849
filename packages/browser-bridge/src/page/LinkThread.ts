// The link worker's life, kept by the main thread: it is started, asked from time to time whether it is there, and
// started anew when it is not. A launched page's host would load the page again; a joined device has nobody who could.
// Its lanes end with it: their ports ended in it.

import type { FormerLink, FromLink, LinkStatus, StartLink, ToLink } from './innerMessages.ts'
import { linkIsDead, lookMs } from './linkIsDead.ts'

const restartMs = 1_000

export interface LinkThreadOptions {
  readonly start: Omit<StartLink, 'kind' | 'former'>
  readonly spawn: () => Worker
  readonly onMessage: (message: FromLink) => void
  /** The worker is gone, and with it every lane. */
  readonly onDeath: () => void
}

export class LinkThread {
  readonly #options: LinkThreadOptions
  #worker: Worker
  #startedAt = performance.now()
  #heardAt: number | undefined
  #lookedAt = performance.now()
  #status: LinkStatus | undefined
  /** What the device last noted of itself: it notes changes alone, and the next worker knows of none. */
  #notes: ToLink | undefined
  #left = false

  constructor(options: LinkThreadOptions) {
    this.#options = options
    this.#worker = this.#start()
    setInterval(() => this.#look(), lookMs)
  }

  tell(message: ToLink): void {
    if (message.kind === 'leave') this.#left = true
    else if (message.kind === 'notes') this.#notes = message
    this.#worker.postMessage(message)
  }

  #start(former?: FormerLink): Worker {
    const worker = this.#options.spawn()
    this.#startedAt = performance.now()
    this.#heardAt = undefined
    worker.onmessage = (event: MessageEvent<FromLink>) => {
      this.#heardAt = performance.now()
      if (event.data.kind === 'status') this.#status = event.data.status
      if (event.data.kind !== 'here') this.#options.onMessage(event.data)
    }
    worker.onerror = () => {
      // One that has spoken lives on after an error; one that has not never got its script.
      if (this.#heardAt === undefined && worker === this.#worker)
        setTimeout(() => this.#again(worker), restartMs)
    }
    worker.postMessage({
      kind: 'start',
      ...this.#options.start,
      ...(former === undefined ? {} : { former }),
    } satisfies ToLink)
    if (this.#notes !== undefined) worker.postMessage(this.#notes)
    return worker
  }

  #look(): void {
    const now = performance.now()
    const dead = linkIsDead(now, {
      startedAt: this.#startedAt,
      heardAt: this.#heardAt,
      lookedAt: this.#lookedAt,
    })
    this.#lookedAt = now
    if (dead) this.#again(this.#worker)
    else this.#worker.postMessage({ kind: 'areYouThere' } satisfies ToLink)
  }

  #again(worker: Worker): void {
    if (worker !== this.#worker || this.#left) return
    worker.onmessage = null
    worker.onerror = null
    worker.terminate()
    this.#options.onDeath()
    const { connection, lanes = [] } = this.#status ?? {}
    const former = connection === undefined ? undefined : { connection, lanes: lanes.map(({ lane }) => lane) }
    this.#worker = this.#start(former)
  }
}
