// A model that a simulation got by an alias: the alias is given to other models while requests of it wait and run, and while
// who asks for one by it leaves again. What is asked of it, and when the alias is given, is the caller's.

import { ModelTooLarge } from '../../src/errors.ts'
import { followAlias } from '../../src/followAlias.ts'
import type { ModelHandle } from '../../src/Model.ts'
import { Aliases } from '../../src/model/Aliases.ts'
import { beginHolding, come, type SimulatedPool } from './SimulatedPool.ts'

const alias = 'alias'

const againMs = 1000

export class Aliased {
  /** Times that the alias was given, and times that it stayed where it was. */
  moved = 0
  stayed = 0
  /** Times that one who had asked for a model by it left before there was one. */
  left = 0
  readonly #pool: SimulatedPool
  readonly #aliases = new Aliases(async () => {})
  #handle: ModelHandle | undefined
  #begun = Promise.withResolvers<void>()
  #target: string
  #before: string

  private constructor(pool: SimulatedPool, target: string) {
    this.#pool = pool
    this.#target = target
    this.#before = target
  }

  /** While the machine has no memory left it is asked for again, as whoever is told so would. */
  static async get(pool: SimulatedPool, target: string): Promise<Aliased> {
    const aliased = new Aliased(pool, target)
    await aliased.#aliases.give(alias, target)
    while (aliased.#handle === undefined) {
      aliased.#begun = Promise.withResolvers()
      const opening = aliased.#open()
      // Its file is read in real time, for which virtual time stands still.
      await Promise.race([aliased.#begun.promise, opening])
      try {
        aliased.#handle = await come(opening, 'the model of the alias')
      } catch (error) {
        if (!(error instanceof ModelTooLarge) || error.ceiling !== 'machine') throw error
        await come(new Promise(resolve => setTimeout(resolve, againMs)), 'the next try')
      }
    }
    return aliased
  }

  get handle(): ModelHandle {
    if (this.#handle === undefined) throw new Error('simulation: the alias has no model yet')
    return this.#handle
  }

  /** The model that it stood for before the latest move. */
  get before(): string {
    return this.#before
  }

  get target(): string {
    return this.#target
  }

  /** Comes back when the other model's file has been read; `given` resolves when the alias has moved or will not. */
  async give(target: string): Promise<{ readonly given: Promise<void> }> {
    this.#begun = Promise.withResolvers()
    const given = this.#aliases.give(alias, target).then(
      () => {
        this.moved++
        this.#before = this.#target
        this.#target = target
      },
      () => {
        this.stayed++
      },
    )
    await Promise.race([this.#begun.promise, given])
    const leaving = new AbortController()
    const asked = this.#open(leaving.signal)
    leaving.abort()
    const [end] = await Promise.allSettled([asked])
    if (end.status === 'fulfilled') await come(end.value.release(), 'the release of who had left')
    else if (end.reason === leaving.signal.reason) this.left++
    return { given }
  }

  #open(signal?: AbortSignal): Promise<ModelHandle> {
    const { parts } = this.#pool
    const hold = async (name: string, until?: AbortSignal) => {
      const { coming } = await beginHolding(parts, name, undefined, until)
      this.#begun.resolve()
      return coming
    }
    const first = (name: string) => hold(name, signal)
    return followAlias(parts, this.#aliases, alias, { first, next: name => hold(name), signal })
  }
}
