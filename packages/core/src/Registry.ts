// Which handle lives at which path, now. One entry a path; whoever ends takes its entry out.

import type { ActorPath } from './ActorPath.ts'

/** What a path can lead to. */
export interface Resident {
  readonly path: ActorPath
  readonly kind: 'worker' | 'supervisor'
  /** Turns XState's inspection of a running machine on or off. */
  inspect(on: boolean): void
}

export class Registry {
  readonly #residents = new Map<string, Resident>()

  add(resident: Resident): void {
    this.#residents.set(resident.path, resident)
  }

  /** Takes out this resident, but not one that has moved in at the same path since. */
  remove(resident: Resident): void {
    if (this.#residents.get(resident.path) === resident) this.#residents.delete(resident.path)
  }

  get(path: string): Resident | undefined {
    return this.#residents.get(path)
  }

  all(): Iterable<Resident> {
    return this.#residents.values()
  }
}
