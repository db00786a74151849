// What comes in from users' code and is not what a type says: thrown values that cannot be shown, messages that are none,
// functions that throw. The one who is at fault hears of it; nobody else is the worse for it.

import { Effect, Exit } from 'effect'
import { expect, test } from 'vitest'
import { fromTransition, setup } from 'xstate'
import { ActorSystem, type Behavior, behavior, child, type LogRecord, type ReplyTo } from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'

type Ask = { readonly type: 'get'; readonly replyTo: ReplyTo<number> }
type Message = Ask | { readonly type: 'throw'; readonly thrown: unknown }

const throwing = fromTransition((state: number, message: Message) => {
  if (message.type === 'throw') throw message.thrown
  message.replyTo.succeed(state)
  return state
}, 0)
const deferring = setup({ types: { events: {} as Message } }).createMachine({
  initial: 'here',
  on: { get: { actions: ({ event }) => event.replyTo.succeed(0) } },
  states: { here: {} },
})
const get = (replyTo: ReplyTo<number>): Message => ({ type: 'get', replyTo })

const unspeakable = (): never => {
  throw new Error('it does not want to be shown')
}
const thrownValues: readonly (readonly [string, unknown])[] = [
  ['an object without a prototype', Object.create(null)],
  ['an object whose toString throws', { toString: unspeakable }],
  [
    'an error whose message throws',
    Object.defineProperty(new Error('hidden'), 'message', { get: unspeakable }),
  ],
  ['a proxy that answers nothing', new Proxy({}, { get: unspeakable, getPrototypeOf: unspeakable })],
  ['a symbol', Symbol('s')],
  ['null', null],
]

test.each(thrownValues)(
  '%s, thrown, is a failure like any other: told, logged, restarted',
  async (_, thrown) => {
    const records: LogRecord[] = []
    await using system = await startTestSystem({ log: record => void records.push(record) })
    const { ref } = await system.spawn(child({ id: 'a', behavior: behavior({ logic: throwing }) }))
    const told = (replyTo: ReplyTo<number>) => ({ type: 'throw', thrown, replyTo }) as Message
    const error = await Effect.runPromise(Effect.flip(ref.ask<number>(told, 1000)))
    expect(error).toMatchObject({ _tag: 'ActorFailed' })
    expect(error.message).toContain('/a failed while it processed this message')
    expect(await Effect.runPromise(ref.ask(get, 1000))).toBe(0)
    expect(records.map(({ level, path }) => [level, path])).toEqual([
      ['Error', '/a'],
      ['Warn', '/a'],
    ])
  },
)

const noMessages = [null, undefined, 5, 'text', {}, { type: 5 }] as unknown as readonly Message[]

const behaviors: readonly (readonly [string, Behavior<Message, unknown, undefined>])[] = [
  ['of logic without states', behavior({ logic: throwing })],
  ['with deferral', behavior({ logic: deferring, defer: { here: ['throw'] } })],
]

test.each(behaviors)(
  'what is no message reaches no actor %s: told it is a dead letter, asked and offered an error',
  async (_, given) => {
    await using system = await startTestSystem()
    const { ref } = await system.spawn(child({ id: 'a', behavior: given }))
    const dead: string[] = []
    system.deadLetters.subscribe(({ message, why }) => void dead.push(`${message.type} ${why}`))
    for (const message of noMessages) {
      ref.tell(message)
      expect(await Effect.runPromise(Effect.flip(ref.offer(message)))).toMatchObject({
        _tag: 'InvalidMessage',
      })
      const asked = Effect.runPromise(Effect.flip(ref.ask(() => message, 1000)))
      expect(await asked).toMatchObject({ _tag: 'InvalidMessage', path: '/a' })
    }
    expect(dead).toEqual(
      Array.from({ length: 2 * noMessages.length }, () => 'shoal.noMessage InvalidMessage'),
    )
    expect(await Effect.runPromise(ref.ask(get, 1000))).toBe(0)
    expect(system.virtual.pending).toBe(0)
  },
)

test('a question that throws where its message is made is a defect of who asks, and a rejection of a promise', async () => {
  await using system = await ActorSystem.start({ log: 'off' })
  const promised = await system.spawn(child({ id: 'a', behavior: behavior({ logic: throwing }) }))
  const asked = promised.ask<number>(unspeakable, 1000)
  await expect(asked).rejects.toThrow('it does not want to be shown')
  const exit = await Effect.runPromiseExit(promised.ref.ask<number>(unspeakable, 1000))
  expect(Exit.hasDies(exit)).toBe(true)
  expect(await promised.ask(get, 1000)).toBe(0)
})
