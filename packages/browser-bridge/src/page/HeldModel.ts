// One model that a lane holds: which loads the host was told of it by, and the runs that need it still. Not how it came
// there: that is LaneModels'.

import type { LoadedModel } from './engines/Engine.ts'

export class HeldModel {
  readonly loaded: LoadedModel
  /** Loads that were answered with it, until the host has shown by a run that it knows of it. */
  #told: Set<number> | 'known' = new Set()
  #runs = 0
  #whenUnused: (() => void)[] = []

  constructor(loaded: LoadedModel) {
    this.loaded = loaded
  }

  /** Whether a load that the host has not given up was answered with it. */
  get isKnown(): boolean {
    return this.#told === 'known' || this.#told.size > 0
  }

  tell(load: number): void {
    if (this.#told !== 'known') this.#told.add(load)
  }

  /** The host gave that load up before it had its answer. Whether it had been answered with this. */
  takeBack(load: number): boolean {
    return this.#told !== 'known' && this.#told.delete(load)
  }

  /** A run of it has arrived. */
  enter(): void {
    this.#told = 'known'
    this.#runs++
  }

  /** A run of it has ended, begun or not. */
  leave(): void {
    this.#runs--
    if (this.#runs === 0) for (const resolve of this.#whenUnused.splice(0)) resolve()
  }

  /** Once the runs that arrived before are over: a run has steps, between which its model must not go. */
  async dispose(): Promise<void> {
    if (this.#runs > 0) await new Promise<void>(resolve => this.#whenUnused.push(resolve))
    await this.loaded.dispose()
  }
}
