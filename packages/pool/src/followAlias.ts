// A handle that follows a name: opened for what the name stands for, moved with it, and taken off it when it is released.
// When the name is given to what is Aliases.ts's, and how a model is got its caller's.

import { type Holding, ModelHandle } from './Model.ts'
import type { Aliases, Follower } from './model/Aliases.ts'
import type { PoolParts } from './PoolParts.ts'

export interface FollowOptions {
  /** Gets the model that the name stands for now. */
  readonly first: (model: string) => Promise<Holding>
  /** Gets one that the name is given to later; the signal is of who gives it. */
  readonly next: (model: string, given: AbortSignal | undefined) => Promise<Holding>
  /** Ends the wait for what is under way with the name. */
  readonly signal?: AbortSignal | undefined
}

export async function followAlias(
  { models, ledger, deadlineMs }: Pick<PoolParts, 'models' | 'ledger' | 'deadlineMs'>,
  aliases: Aliases,
  alias: string,
  { first, next, signal }: FollowOptions,
): Promise<ModelHandle> {
  const open = async (model: string) => {
    const onReleased = () => aliases.leave(alias, follower)
    const handle = new ModelHandle({ models, ledger, deadlineMs, onReleased }, await first(model))
    const follower: Follower & { readonly handle: ModelHandle } = {
      handle,
      prepare: async (name, given) => {
        const holding = await next(name, given)
        return { go: () => handle.move(holding), drop: () => void models.release(holding.held) }
      },
    }
    return follower
  }
  return (await aliases.open(alias, open, signal)).handle
}
