// What a model takes in a lane, predicted from its files and graphs before it is loaded. For WASM on the pool's own pages it
// is corrected by what loads were measured to take: a prior first, then measurements, then the model's own. For the other
// back-ends the prior stands: a page cannot see what its device holds, and its browser's memory grows by all that runs
// there. What a device that joined says of its heap corrects nothing. It measures nothing itself.

import type { Backend } from '@shoal/browser-bridge'

export interface Footprint {
  readonly bytes: number
  /** `measured`: the lane's WASM heap grew by so much when this very model was loaded. */
  readonly are: 'measured' | 'predicted'
}

/**
 * Bytes in a lane for each byte that a model gives an engine to keep (its files, and twice what is computed of them
 * beforehand: foldedBytes.ts), where none was measured. WASM: 1.03 to 1.36 were measured, of seven models of 22 to 415 MB
 * in one part or two; a heap grows in steps. The others keep weights in the device beside what passes through the heap: assumed.
 */
const priors: Readonly<Record<Backend, number>> = {
  wasm: 1.36,
  webgpu: 2,
  'webnn-cpu': 2,
  'webnn-gpu': 2,
  'webnn-npu': 2,
}

/** A heap grows in steps: of smaller models its growth tells more about the steps than about the model. */
const tellingBytes = 16 * 2 ** 20

const kept = 16

export class LoadFactors {
  /** Of late, by back-end. */
  readonly #factors = new Map<Backend, number[]>()
  readonly #known = new Map<string, number>()

  /** @param key the model's content */
  predict(key: string, engineBytes: number, backend: Backend): Footprint {
    const own = this.#known.get(`${backend} ${key}`)
    if (own !== undefined) return { bytes: own, are: 'measured' }
    return { bytes: Math.ceil(engineBytes * this.factor(backend)), are: 'predicted' }
  }

  /** The largest of late: a model that does not fit after all costs more than one that was left out. */
  factor(backend: Backend): number {
    const seen = this.#factors.get(backend) ?? []
    return seen.length === 0 ? priors[backend] : Math.max(...seen)
  }

  /**
   * A load was seen to make the lane's heap grow by so much; undefined where nothing was seen. Growth below the model's own
   * bytes means that it reused memory freed earlier: then the prediction stands.
   */
  learn(key: string, engineBytes: number, backend: Backend, grewBy: number | undefined): Footprint {
    if (backend === 'wasm' && grewBy !== undefined && grewBy >= engineBytes) {
      this.#known.set(`${backend} ${key}`, grewBy)
      if (engineBytes >= tellingBytes) {
        const seen = [...(this.#factors.get(backend) ?? []), grewBy / engineBytes]
        this.#factors.set(backend, seen.slice(-kept))
      }
    }
    return this.predict(key, engineBytes, backend)
  }
}
