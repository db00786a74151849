// A model that a simulation got by an alias, followed as ResourcePool has it: the alias is given to other models while
// requests of it wait and run. What is asked of it, and when the alias is given, is the caller's.

import { ModelHandle } from '../../src/Model.ts'
import { Aliases, type Follower } from '../../src/model/Aliases.ts'
import { beginHolding, come, type SimulatedPool } from './SimulatedPool.ts'

const alias = 'alias'

export class Aliased {
  readonly handle: ModelHandle
  /** Times that the alias was given, and times that it stayed where it was. */
  moved = 0
  stayed = 0
  readonly #pool: SimulatedPool
  readonly #aliases = new Aliases(async () => {})
  #begun = Promise.withResolvers<void>()
  #target: string
  #before: string

  private constructor(pool: SimulatedPool, handle: ModelHandle, target: string) {
    this.#pool = pool
    this.handle = handle
    this.#target = target
    this.#before = target
  }

  static async get(pool: SimulatedPool, target: string): Promise<Aliased> {
    const { parts } = pool
    const { coming } = await beginHolding(parts, target)
    const holding = await come(coming, 'the model of the alias')
    const aliased = new Aliased(pool, new ModelHandle(parts, holding), target)
    await aliased.#follow(target)
    return aliased
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
    return { given }
  }

  async #follow(target: string): Promise<void> {
    const { parts } = this.#pool
    const follower: Follower = {
      prepare: async name => {
        const { coming } = await beginHolding(parts, name)
        this.#begun.resolve()
        const holding = await coming
        return {
          go: () => this.handle.move(holding),
          drop: () => void parts.models.release(holding.held),
        }
      },
    }
    await this.#aliases.give(alias, target)
    await this.#aliases.open(alias, async () => follower)
  }
}
