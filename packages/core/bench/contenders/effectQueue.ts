// An Effect Queue and a fiber that takes from it: what one writes in Effect without an actor library. It has no
// paths, no supervisor and no snapshots; a crash is answered by the fiber itself, which begins again.

import { Deferred, Effect, Fiber, Queue } from 'effect'
import { type Actors, type Contender, countdown } from './Contender.ts'
import { crash } from './counterMachine.ts'

type Message =
  | { readonly type: 'add' }
  | { readonly type: 'get'; readonly reply: Deferred.Deferred<number> }
  | { readonly type: 'last'; readonly done: () => void }
  | { readonly type: 'crash' }

interface Counter {
  readonly queue: Queue.Queue<Message>
  readonly fiber: Fiber.Fiber<never>
}

const counting = (queue: Queue.Queue<Message>): Effect.Effect<never> =>
  Effect.gen(function* () {
    let count = 0
    for (;;) {
      const message = yield* Queue.take(queue)
      if (message.type === 'add') count += 1
      else if (message.type === 'get') Deferred.doneUnsafe(message.reply, Effect.succeed(count))
      else if (message.type === 'last') message.done()
      else return yield* Effect.die(crash)
    }
  }).pipe(Effect.catchCause(() => counting(queue)))

const startCounter: Effect.Effect<Counter> = Effect.gen(function* () {
  const queue = yield* Queue.bounded<Message>(10_000)
  return { queue, fiber: yield* Effect.forkDetach(counting(queue)) }
})

const ask = (queue: Queue.Queue<Message>): Effect.Effect<number> =>
  Effect.suspend(() => {
    const reply = Deferred.makeUnsafe<number>()
    Queue.offerUnsafe(queue, { type: 'get', reply })
    return Effect.timeoutOrElse(Deferred.await(reply), {
      duration: '1 second',
      orElse: () => Effect.die(new Error('no answer')),
    })
  })

export const effectQueue: Contender = {
  name: 'Effect Queue + fiber',
  async start(count): Promise<Actors> {
    const counters: Counter[] = []
    for (let at = 0; at < count; at++) counters.push(await Effect.runPromise(startCounter))
    const [first] = counters
    if (first === undefined) throw new Error('no fiber was started')
    return {
      async send(messages) {
        const { done, tick } = countdown(count)
        for (let left = messages / count; left > 1; left--) {
          for (const { queue } of counters) Queue.offerUnsafe(queue, { type: 'add' })
        }
        for (const { queue } of counters) Queue.offerUnsafe(queue, { type: 'last', done: tick })
        await done
      },
      ask: times =>
        Effect.runPromise(
          Effect.gen(function* () {
            let sum = 0
            for (let left = times; left > 0; left--) sum += yield* ask(first.queue)
            return sum
          }),
        ),
      crash: times =>
        Effect.runPromise(
          Effect.gen(function* () {
            for (let left = times; left > 0; left--) {
              Queue.offerUnsafe(first.queue, { type: 'crash' })
              yield* ask(first.queue)
            }
          }),
        ),
      async [Symbol.asyncDispose]() {
        await Effect.runPromise(Fiber.interruptAll(counters.map(({ fiber }) => fiber)))
      },
    }
  },
  spawnAndStop: times =>
    Effect.runPromise(
      Effect.gen(function* () {
        for (let at = 0; at < times; at++) yield* Fiber.interrupt((yield* startCounter).fiber)
      }),
    ),
}
