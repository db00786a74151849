// Who watches one actor, and who hears of its snapshots. Made for the first of them: most actors have none.

import type { Terminated } from './ActorRef.ts'
import { type Kernel, notify } from './Kernel.ts'

export class Audience {
  readonly #kernel: Kernel
  #watchers = new Set<(terminated: Terminated) => void>()
  #listeners = new Set<(snapshot: unknown) => void>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Whether anybody hears of snapshots. */
  get listens(): boolean {
    return this.#listeners.size > 0
  }

  watch(watcher: (terminated: Terminated) => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  listen(listener: (snapshot: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** There is a new snapshot. */
  show(snapshot: unknown): void {
    for (const listener of this.#listeners) notify(this.#kernel, listener, snapshot)
  }

  /** The actor has ended: nobody hears of anything after that. */
  close(terminated: Terminated): void {
    const watchers = this.#watchers
    this.#watchers = new Set()
    this.#listeners = new Set()
    for (const watcher of watchers) notify(this.#kernel, watcher, terminated)
  }
}
