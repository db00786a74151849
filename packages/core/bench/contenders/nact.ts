// nact 7: an actor library for Node with supervision. Its actors are functions of a state, not machines; each
// message is processed in a setImmediate of its own.

import { dispatch, query, type Ref, spawn, start as startSystem, stop } from 'nact'
import { type Actors, type Contender, countdown } from './Contender.ts'
import { crash } from './counterMachine.ts'

type Message =
  | { readonly type: 'add' }
  | { readonly type: 'get'; readonly sender: Ref<number> }
  | { readonly type: 'last'; readonly done: () => void }
  | { readonly type: 'crash' }

type System = ReturnType<typeof startSystem>

const counting = (count: number, message: Message): number => {
  if (message.type === 'add') return count + 1
  if (message.type === 'get') dispatch(message.sender, count)
  if (message.type === 'last') message.done()
  if (message.type === 'crash') throw crash
  return count
}

const spawnCounter = (system: System, name: string) =>
  spawn(system, counting, name, {
    initialStateFunc: () => 0,
    onCrash: (_message, _error, context) => context.reset,
  })

const get = (sender: Ref<number>): Message => ({ type: 'get', sender })

export const nact: Contender = {
  name: 'nact 7.6',
  async start(count): Promise<Actors> {
    const system = startSystem()
    const refs = Array.from({ length: count }, (_, at) => spawnCounter(system, `a${at}`))
    const [first] = refs
    if (first === undefined) throw new Error('nact started no actor')
    const askOnce = (): Promise<number> => query(first, get, 1000)
    return {
      async send(messages) {
        const { done, tick } = countdown(count)
        for (let left = messages / count; left > 1; left--)
          for (const ref of refs) dispatch(ref, { type: 'add' })
        for (const ref of refs) dispatch(ref, { type: 'last', done: tick })
        await done
      },
      async ask(times) {
        let sum = 0
        for (let left = times; left > 0; left--) sum += await askOnce()
        return sum
      },
      async crash(times) {
        for (let left = times; left > 0; left--) {
          dispatch(first, { type: 'crash' })
          await askOnce()
        }
      },
      async [Symbol.asyncDispose]() {
        stop(system)
      },
    }
  },
  async spawnAndStop(times) {
    const system = startSystem()
    for (let at = 0; at < times; at++) stop(spawnCounter(system, `s${at}`))
    stop(system)
  },
}
