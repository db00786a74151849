// The floor of an ask in Effect: XState's machine, asked in an Effect.callback that can be given up, answered in a
// microtask. No mailbox, no time-out, no supervision: what is above this is ours, what is below is Effect's.

import { Effect, Exit } from 'effect'
import { createActor } from 'xstate'
import type { Actors, Contender } from './Contender.ts'
import { counterMachine } from './counterMachine.ts'
import { plainXState } from './plainXState.ts'

const settled = Promise.resolve()

export const effectCallback: Contender = {
  ...plainXState,
  name: 'XState in Effect.callback',
  async start(count): Promise<Actors> {
    const plain = await plainXState.start(count)
    const actor = createActor(counterMachine).start()
    const ask = Effect.callback<number>(resume => {
      let waits = true
      void settled.then(() => {
        let answer = 0
        const succeed = (count: number) => {
          answer = count
        }
        actor.send({ type: 'get', replyTo: { succeed, fail: () => {} } })
        if (waits) resume(Exit.succeed(answer))
      })
      return Effect.sync(() => {
        waits = false
      })
    })
    return {
      ...plain,
      ask: times =>
        Effect.runPromise(
          Effect.gen(function* () {
            let sum = 0
            for (let left = times; left > 0; left--) sum += yield* ask
            return sum
          }),
        ),
      async [Symbol.asyncDispose]() {
        actor.stop()
        await plain[Symbol.asyncDispose]()
      },
    }
  },
}
