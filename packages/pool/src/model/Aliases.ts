// Names that stand for models, and the handles that follow them: when a name is given to another model, that one is
// loaded first, and then all of its handles move at once. It loads and frees nothing itself.

import { InvalidOption } from '../errors.ts'

/** A handle that was got by an alias. */
export interface Follower {
  /** Gets what it is to hold next, ready; rejects where that cannot be. */
  prepare(name: string): Promise<Move>
}

export interface Move {
  /** From now on requests go there; what was accepted before ends where it is. */
  go(): void
  /** It is not wanted after all. */
  drop(): void
}

interface Alias {
  target: string
  readonly followers: Set<Follower>
}

export class Aliases {
  readonly #aliases = new Map<string, Alias>()
  /** Of each name, the end of what is under way. */
  readonly #turns = new Map<string, Promise<unknown>>()

  /** What the names stand for. */
  list(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#aliases].map(([name, { target }]) => [name, target]))
  }

  has(name: string): boolean {
    return this.#aliases.has(name)
  }

  /**
   * Gives the name to a model. Where handles follow it, it resolves when they have moved; where the model cannot be had for
   * one of them none moves, and it rejects with why.
   */
  give(name: string, target: string): Promise<void> {
    const fault = this.#fault(name, target)
    if (fault !== undefined)
      return Promise.reject(new InvalidOption({ option: 'alias', message: `alias: ${fault}.` }))
    return this.#inTurn(name, async () => {
      const followers = [...(this.#aliases.get(name)?.followers ?? [])]
      const moves = await Promise.allSettled(followers.map(follower => follower.prepare(target)))
      const failed = moves.find(move => move.status === 'rejected')
      for (const move of moves) {
        if (move.status === 'rejected') continue
        if (failed) move.value.drop()
        else move.value.go()
      }
      if (failed) throw failed.reason
      const known = this.#aliases.get(name)
      if (known) known.target = target
      else this.#aliases.set(name, { target, followers: new Set() })
    })
  }

  /** Opens a handle of the model that the name stands for: it follows the name until it leaves. */
  open<F extends Follower>(name: string, open: (target: string) => Promise<F>): Promise<F> {
    return this.#inTurn(name, async () => {
      const alias = this.#aliases.get(name)
      if (!alias) throw new Error(`aliases: ${name} is none`)
      const follower = await open(alias.target)
      alias.followers.add(follower)
      return follower
    })
  }

  leave(name: string, follower: Follower): void {
    this.#aliases.get(name)?.followers.delete(follower)
  }

  #fault(name: string, target: string): string | undefined {
    if (!/^[\w.-]+$/.test(name) || name.endsWith('.onnx'))
      return `'${name}' is no name for one; use letters, digits, '.', '_' and '-'`
    if (target.trim() === '') return `${name} is given to nothing; name a model`
    if (target === name) return `${name} would stand for itself; name the model's folder or hub name`
    if (this.#aliases.has(target)) return `${target} is an alias itself; name the model that it stands for`
    const above = [...this.#aliases].find(([, { target: own }]) => own === name)
    return above === undefined ? undefined : `${name} is a model that the alias ${above[0]} stands for`
  }

  #inTurn<A>(name: string, work: () => Promise<A>): Promise<A> {
    const before = this.#turns.get(name) ?? Promise.resolve()
    const turn = before.then(work, work)
    this.#turns.set(
      name,
      turn.catch(() => {}),
    )
    return turn
  }
}
