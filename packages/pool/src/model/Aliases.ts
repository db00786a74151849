// Names that stand for models, and the handles that follow them: when a name is given to another model, that one is
// loaded first, and then all of its handles move at once. It loads and frees nothing itself.

import { InvalidOption } from '../errors.ts'
import { untilAborted } from './untilAborted.ts'

/** A handle that was got by an alias. */
export interface Follower {
  /** Gets what it is to hold next, ready; rejects where that cannot be, and with the signal's reason once that fires. */
  prepare(name: string, signal: AbortSignal | undefined): Promise<Move>
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
  /** Of each name, the end of what is under way; none where nothing is. */
  readonly #turns = new Map<string, Promise<void>>()
  readonly #find: (target: string) => Promise<void>

  /** @param find rejects where there is no such model */
  constructor(find: (target: string) => Promise<void>) {
    this.#find = find
  }

  /** What the names stand for. */
  list(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#aliases].map(([name, { target }]) => [name, target]))
  }

  has(name: string): boolean {
    return this.#aliases.has(name)
  }

  /**
   * Gives the name to a model. Where handles follow it, it resolves when they have moved; where the model cannot be had for
   * one of them none moves, and it rejects with why. Where none does the model is looked up.
   * @param signal gives it up until the handles move: then none does, and it rejects with the signal's reason
   */
  give(name: string, target: string, signal?: AbortSignal): Promise<void> {
    const begin = async () => {
      this.#check(name, target)
      const followers = [...(this.#aliases.get(name)?.followers ?? [])]
      if (followers.length === 0) await untilAborted(this.#find(target), signal)
      const moves = await Promise.allSettled(followers.map(follower => follower.prepare(target, signal)))
      const ready = moves.flatMap(move => (move.status === 'fulfilled' ? [move.value] : []))
      try {
        for (const move of moves) if (move.status === 'rejected') throw move.reason
        signal?.throwIfAborted()
        // Other names may have been given meanwhile.
        this.#check(name, target)
      } catch (error) {
        for (const move of ready) move.drop()
        throw error
      }
      for (const move of ready) move.go()
      const known = this.#aliases.get(name)
      if (known) known.target = target
      else this.#aliases.set(name, { target, followers: new Set() })
    }
    return this.#inTurn(name, begin, signal)
  }

  /** It stands for nothing any more; handles that followed it stay where they are. */
  take(name: string, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(name, async () => void this.#aliases.delete(name), signal)
  }

  /**
   * Opens a handle of the model that the name stands for: it follows the name until it leaves. Where the name was taken back
   * meanwhile it is one of the model that has that name itself, if any has.
   * @param signal ends the wait for what is under way with the name; once `open` was called the rest is its own
   */
  open<F extends Follower>(
    name: string,
    open: (target: string) => Promise<F>,
    signal?: AbortSignal,
  ): Promise<F> {
    const begin = async () => {
      const alias = this.#aliases.get(name)
      const follower = await open(alias?.target ?? name)
      alias?.followers.add(follower)
      return follower
    }
    return this.#inTurn(name, begin, signal)
  }

  leave(name: string, follower: Follower): void {
    this.#aliases.get(name)?.followers.delete(follower)
  }

  #check(name: string, target: string): void {
    const fault = this.#fault(name, target)
    if (fault !== undefined) throw new InvalidOption({ option: 'alias', message: `alias: ${fault}.` })
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

  #inTurn<A>(name: string, work: () => Promise<A>, signal?: AbortSignal): Promise<A> {
    const before = this.#turns.get(name) ?? Promise.resolve()
    const turn = untilAborted(before, signal).then(work)
    // Who has left does not let those behind it pass what it waited for. Kept is that they ended, and not how: an end that
    // held its turn's handle, and the end before it, would keep all that ever were.
    const end = Promise.allSettled([before, turn]).then(() => {
      if (this.#turns.get(name) === end) this.#turns.delete(name)
    })
    this.#turns.set(name, end)
    return turn
  }
}
