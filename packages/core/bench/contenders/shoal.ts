// core, mailbox and supervision on. The asks of `effectFace` run in one fiber, those of `promiseFace` are awaited.

import { Effect } from 'effect'
import {
  type ActorRef,
  ActorSystem,
  behavior,
  child,
  dynamicSupervisor,
  type Inspection,
  type PromiseRef,
  type ReplyTo,
} from '../../src/index.ts'
import { type Actors, type Contender, countdown } from './Contender.ts'
import { counterMachine, type Message } from './counterMachine.ts'

const counting = behavior({ logic: counterMachine })
const get = (replyTo: ReplyTo<number>): Message => ({ type: 'get', replyTo })
const restarts = { intensity: 1_000_000, period: '100 millis' } as const

async function startActors(count: number, listener?: (event: Inspection) => void) {
  const system = await ActorSystem.start({ ...restarts, log: 'off' })
  const { ref: supervisor } = await system.spawn(dynamicSupervisor({ id: 'many', ...restarts }))
  const refs: ActorRef<Message>[] = []
  await Effect.runPromise(
    Effect.gen(function* () {
      for (let at = 0; at < count; at++) {
        refs.push(yield* supervisor.startChild(child({ id: `a${at}`, behavior: counting })))
      }
    }),
  )
  if (listener !== undefined) system.inspect(listener)
  const first = system.lookup<Message>('/many/a0')
  if (first === undefined) throw new Error('no actor at /many/a0')
  return { system, refs, first }
}

type Started = Awaited<ReturnType<typeof startActors>>

const effectAsks = ({ first }: Started, times: number) =>
  Effect.runPromise(
    Effect.gen(function* () {
      let sum = 0
      for (let left = times; left > 0; left--) sum += yield* first.ref.ask<number>(get, '1 second')
      return sum
    }),
  )

async function promiseAsks({ first }: { readonly first: PromiseRef<Message> }, times: number) {
  let sum = 0
  for (let left = times; left > 0; left--) sum += await first.ask<number>(get, '1 second')
  return sum
}

const contender = (
  name: string,
  ask: (started: Started, times: number) => Promise<number>,
  listener?: (event: Inspection) => void,
): Contender => ({
  name,
  async start(count): Promise<Actors> {
    const started = await startActors(count, listener)
    const { system, refs, first } = started
    return {
      async send(messages) {
        const { done, tick } = countdown(count)
        for (let left = messages / count; left > 1; left--) for (const ref of refs) ref.tell({ type: 'add' })
        for (const ref of refs) ref.tell({ type: 'last', done: tick })
        await done
      },
      ask: times => ask(started, times),
      async crash(times) {
        for (let left = times; left > 0; left--) {
          first.tell({ type: 'crash' })
          await first.ask<number>(get, '1 second')
        }
      },
      [Symbol.asyncDispose]: () => system.stop(),
    }
  },
  async spawnAndStop(times) {
    await using system = await ActorSystem.start({ ...restarts, log: 'off' })
    const supervisor = system.effect.root
    await Effect.runPromise(
      Effect.gen(function* () {
        for (let at = 0; at < times; at++) {
          const ref = yield* supervisor.startChild(
            child({ id: `s${at}`, behavior: counting, restart: 'temporary' }),
          )
          yield* ref.stop()
        }
      }),
    )
  },
})

let seen = 0

export const effectFace = contender('core, Effect face', effectAsks)
export const promiseFace = contender('core, Promise face', promiseAsks)
/** With a listener that counts, and keeps nothing. */
export const inspected = contender('core, inspection on', effectAsks, () => {
  seen += 1
})
export const eventsSeen = (): number => seen
