// A lane's models: loads and unloads one at a time in order of arrival. A load that the host has given up is dropped where
// it waits; under way its fetches are aborted, and what comes of it after all is let go. So it holds none that the host
// does not know of, but one: where the socket was lost with `loaded` on its way, the model stays, for the load that mostly
// is asked anew then, until that, an unload, or the lane's end. Runs are LaneHost's.

import type { Failed, Load, Loaded, ModelManifest, Progress, Unload, Unloaded } from '../protocol/messages.ts'
import { isRetryable, LaneError, toWireError } from '../protocol/wireErrors.ts'
import type { Engine } from './engines/Engine.ts'
import type { FileCache } from './FileCache.ts'
import { HeldModel } from './HeldModel.ts'
import { Lock } from './Lock.ts'
import { ModelFiles } from './ModelFiles.ts'

export interface LaneModelsOptions {
  readonly filesUrl: string
  /** Engines come when they are first needed: a lane of graphs never loads Transformers.js. */
  readonly engine: (kind: ModelManifest['kind']) => Promise<Engine>
  /** Where files are kept, or why nowhere. */
  readonly cache: () => Promise<FileCache | string>
  /** How large the engine's heap is; undefined where it is not seen. */
  readonly heapBytes?: () => number | undefined
  readonly onProgress: (progress: Progress) => void
  /** Each load and each unload ends once by this. */
  readonly onEnd: (answer: Loaded | Unloaded | Failed) => void
  /** An answer could not be said. */
  readonly onBroken: (error: unknown) => void
}

/** `Forsaken`: its socket was lost. It may be asked for anew, and then what has come of it is not thrown away. */
type Stage = 'Waiting' | 'UnderWay' | 'Cancelled' | 'Forsaken'

interface Asked {
  readonly load: Load
  readonly arrivedAt: number
  /** Ends its fetches. */
  readonly abort: AbortController
  stage: Stage
}

export function failure(id: number, thrown: unknown): Failed {
  const error = toWireError(thrown)
  return { t: 'failed', id, error, retryable: isRetryable(error.code) }
}

export class LaneModels {
  readonly #options: LaneModelsOptions
  readonly #held = new Map<string, HeldModel>()
  /** Not answered yet, by id. */
  readonly #asked = new Map<number, Asked>()
  readonly #turns = new Lock()
  #underWay = 0

  constructor(options: LaneModelsOptions) {
    this.#options = options
  }

  /** Whether something is loaded or unloaded, or waits for its turn. */
  get busy(): boolean {
    return this.#underWay > 0
  }

  /** The model for a run, which must leave it when it has ended. */
  enter(key: string): HeldModel | undefined {
    const held = this.#held.get(key)
    held?.enter()
    return held
  }

  load(load: Load): void {
    const asked: Asked = {
      load,
      arrivedAt: performance.now(),
      abort: new AbortController(),
      stage: 'Waiting',
    }
    this.#asked.set(load.id, asked)
    this.#inTurn(async () => {
      if (asked.stage !== 'Waiting') return
      const answer = await this.#bring(asked).catch((error: unknown) => failure(load.id, error))
      this.#asked.delete(load.id)
      this.#options.onEnd(answer)
      if (answer.t === 'failed') this.#dropUnknown(load.model.key)
    })
  }

  unload({ id, model }: Unload): void {
    this.#inTurn(async () => {
      const answer = await this.#letGo(model).then(
        (): Unloaded => ({ t: 'unloaded', id }),
        (error: unknown) => failure(id, error),
      )
      this.#options.onEnd(answer)
    })
  }

  /** The host has given up this load, if it is one. It may have been answered already, with the answer on its way. */
  cancel(id: number): void {
    const asked = this.#asked.get(id)
    if (asked === undefined) {
      for (const [key, held] of this.#held) if (held.takeBack(id)) this.#dropUnknown(key)
    } else if (asked.stage === 'Waiting') this.#drop(asked, 'cancelled before it began')
    else {
      asked.stage = 'Cancelled'
      asked.abort.abort()
    }
  }

  /** The host has forgotten what it asked before. */
  forsaken(): void {
    for (const asked of [...this.#asked.values()]) {
      if (asked.stage === 'Waiting') this.#drop(asked, 'its socket was lost before it began')
      else if (asked.stage === 'UnderWay') asked.stage = 'Forsaken'
    }
  }

  /** One that waits will never begin. */
  #drop(asked: Asked, why: string): void {
    const { id, model } = asked.load
    asked.stage = 'Cancelled'
    this.#asked.delete(id)
    this.#options.onEnd(failure(id, new LaneError('Cancelled', why)))
    this.#dropUnknown(model.key)
  }

  /** Lets a model go that no load of the host's stands for any more. */
  #dropUnknown(key: string): void {
    this.#inTurn(async () => {
      if (this.#held.get(key)?.isKnown === false && !this.#isAwaited(key)) await this.#letGo(key)
    })
  }

  /** A load waits that wants it too. */
  #isAwaited(key: string): boolean {
    return [...this.#asked.values()].some(({ load, stage }) => stage === 'Waiting' && load.model.key === key)
  }

  #inTurn(body: () => Promise<void>): void {
    this.#underWay++
    this.#turns
      .run(body)
      .catch(this.#options.onBroken)
      .finally(() => {
        this.#underWay--
      })
  }

  async #letGo(key: string): Promise<void> {
    const held = this.#held.get(key)
    this.#held.delete(key)
    await held?.dispose()
  }

  async #bring(asked: Asked): Promise<Loaded> {
    const { id, model } = asked.load
    const begunAt = performance.now()
    asked.stage = 'UnderWay'
    const known = this.#held.get(model.key)
    const brought = known === undefined ? await this.#loadFresh(asked) : undefined
    const held = known ?? this.#held.get(model.key)
    if (!isWanted(asked) || held === undefined) throw cancelled(asked)
    held.tell(id)
    const { createMs, inputs, outputs } = held.loaded
    const timing = { queueMs: begunAt - asked.arrivedAt, fetchMs: 0, createMs: 0 }
    if (brought === undefined) return { t: 'loaded', id, timing, inputs, outputs }
    const { files, grewBy } = brought
    return {
      t: 'loaded',
      id,
      timing: { ...timing, fetchMs: files.fetchMs, createMs },
      inputs,
      outputs,
      files: files.taken,
      ...(grewBy === undefined ? {} : { heapGrewBytes: grewBy }),
    }
  }

  async #loadFresh(asked: Asked) {
    const { id, model, keepFiles = false, sideBySide = false } = asked.load
    const { filesUrl, onProgress, cache, engine, heapBytes } = this.#options
    const files = new ModelFiles({
      filesUrl,
      manifest: model,
      onProgress: (file, loaded, total) => onProgress({ t: 'progress', id, file, loaded, total }),
      cache: keepFiles ? await cache() : undefined,
      signal: asked.abort.signal,
    })
    try {
      if (sideBySide) files.fetchAll()
      const library = await engine(model.kind)
      const before = heapBytes?.()
      const loaded = await library.load(files)
      const after = heapBytes?.()
      // Nobody would ask for it to be unloaded.
      if (!isWanted(asked) && !this.#isAwaited(model.key)) await loaded.dispose()
      else this.#held.set(model.key, new HeldModel(loaded))
      return { files, grewBy: before === undefined || after === undefined ? undefined : after - before }
    } catch (error) {
      // What one file's failure leaves on its way is for nobody.
      asked.abort.abort()
      throw asked.stage === 'Cancelled' ? cancelled(asked) : error
    }
  }
}

const isWanted = ({ stage }: Asked): boolean => stage === 'UnderWay'

const cancelled = ({ load, stage }: Asked): LaneError =>
  new LaneError(
    'Cancelled',
    stage === 'Forsaken'
      ? `its socket was lost while ${load.model.name} was loaded`
      : `cancelled while ${load.model.name} was loaded`,
  )
