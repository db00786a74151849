// XState alone: no mailbox bound, no supervision; a question is a promise whose resolve travels in the event.

import { createActor } from 'xstate'
import { type Actors, type Contender, countdown } from './Contender.ts'
import { counterMachine, type Message } from './counterMachine.ts'

/** What one writes by hand for an actor that has to come back: a new one in its place. */
class Reborn {
  #actor = this.#start()

  send(message: Message): void {
    this.#actor.send(message)
  }

  #start() {
    const actor = createActor(counterMachine)
    actor.subscribe({
      error: () => {
        this.#actor = this.#start()
      },
    })
    return actor.start()
  }
}

export const plainXState: Contender = {
  name: 'plain XState',
  async start(count): Promise<Actors> {
    const actors = Array.from({ length: count }, (_, at) =>
      createActor(counterMachine, { id: `a${at}` }).start(),
    )
    const [first] = actors
    return {
      async send(messages) {
        const { done, tick } = countdown(count)
        for (let left = messages / count; left > 1; left--)
          for (const actor of actors) actor.send({ type: 'add' })
        for (const actor of actors) actor.send({ type: 'last', done: tick })
        await done
      },
      async ask(times) {
        let sum = 0
        for (let left = times; left > 0; left--) {
          sum += await new Promise<number>((succeed, fail) =>
            first?.send({ type: 'get', replyTo: { succeed, fail } }),
          )
        }
        return sum
      },
      async crash(times) {
        const reborn = new Reborn()
        for (let left = times; left > 0; left--) {
          reborn.send({ type: 'crash' })
          await new Promise<number>((succeed, fail) =>
            reborn.send({ type: 'get', replyTo: { succeed, fail } }),
          )
        }
      },
      async [Symbol.asyncDispose]() {
        for (const actor of actors) actor.stop()
      },
    }
  },
  async spawnAndStop(times) {
    for (let at = 0; at < times; at++)
      createActor(counterMachine, { id: `s${at}` })
        .start()
        .stop()
  },
}
