// What must not compile. The type checker is the test; the run only shows that the file was taken in.

import { Effect, type Layer, Stream } from 'effect'
import { expectTypeOf, test } from 'vitest'
import { type SnapshotFrom, setup } from 'xstate'
import {
  type ActorRef,
  type ActorSystem,
  type AskError,
  behavior,
  child,
  dynamicSupervisor,
  type ExitReason,
  fromEffect,
  fromEffectStream,
  type InvalidSpec,
  type PromiseRef,
  type PromiseSupervisorRef,
  type PromiseSystem,
  type ReplyTo,
  type StartFailed,
  supervisor,
} from '../src/index.ts'

type Message = { type: 'get'; replyTo: ReplyTo<number> } | { type: 'set'; to: number }

const machine = setup({
  types: { context: {} as { to: number }, events: {} as Message, input: {} as { to: number } },
}).createMachine({ context: ({ input }) => ({ to: input.to }) })
const described = behavior({ logic: machine })
const door = setup({ types: { events: {} as Message } }).createMachine({
  initial: 'closed',
  states: { closed: {}, opened: { initial: 'wide', states: { wide: {} } } },
})
const compiles = (_write: () => unknown) => {}

test('a ref takes the messages of its machine and no others', () => {
  compiles((ref = {} as ActorRef<Message>) => {
    ref.tell({ type: 'set', to: 1 })
    // @ts-expect-error: no such message
    ref.tell({ type: 'other' })
    // @ts-expect-error: a field of the wrong type
    ref.tell({ type: 'set', to: 'x' })
    // @ts-expect-error: a ref of fewer messages may not stand for one of more
    const wider: ActorRef<Message | { type: 'more' }> = ref
    return wider
  })
})

test('the answer to an ask has the type that the message says', () => {
  compiles((ref = {} as ActorRef<Message>) => {
    expectTypeOf(ref.ask<number>(replyTo => ({ type: 'get', replyTo }), 10)).toEqualTypeOf<
      Effect.Effect<number, AskError>
    >()
    // @ts-expect-error: this message is answered with a number
    return ref.ask<string>(replyTo => ({ type: 'get', replyTo }), 10)
  })
})

test('the Promise face is as strict', () => {
  compiles((ref = {} as PromiseRef<Message>) => {
    expectTypeOf(ref.ask<number>(replyTo => ({ type: 'get', replyTo }), 10)).toEqualTypeOf<Promise<number>>()
    // @ts-expect-error: this message is answered with a number
    const wrong = ref.ask<string>(replyTo => ({ type: 'get', replyTo }), 10)
    // @ts-expect-error: no such message
    return [wrong, ref.tell({ type: 'other' })]
  })
})

test('supervisors of the Promise face give promises, and refs of that face', () => {
  compiles((sup = {} as PromiseSupervisorRef, system = {} as PromiseSystem) => {
    const spec = child({ id: 'a', behavior: described, input: { to: 1 } })
    type Ref = PromiseRef<Message, SnapshotFrom<typeof machine>>
    expectTypeOf(sup.startChild(spec)).toEqualTypeOf<Promise<Ref>>()
    expectTypeOf(system.spawn(spec)).toEqualTypeOf<Promise<Ref>>()
    expectTypeOf(system.spawn(supervisor({ id: 's' }))).toEqualTypeOf<Promise<PromiseSupervisorRef>>()
    expectTypeOf(sup.terminateChild('a')).toEqualTypeOf<Promise<void>>()
    expectTypeOf(sup.whichChildren()[0]?.ref).toEqualTypeOf<
      PromiseRef<never> | PromiseSupervisorRef | undefined
    >()
    expectTypeOf(system.root).toEqualTypeOf<PromiseSupervisorRef>()
    expectTypeOf(system.terminated).toEqualTypeOf<Promise<ExitReason>>()
    // @ts-expect-error: a description, not a behaviour
    return sup.startChild(described)
  })
})

test('a system that cannot start says so in its type', () => {
  compiles(() => {
    expectTypeOf<Effect.Error<ReturnType<typeof ActorSystem.make>>>().toEqualTypeOf<
      StartFailed | InvalidSpec
    >()
    expectTypeOf<Layer.Error<ReturnType<typeof ActorSystem.layer>>>().toEqualTypeOf<
      StartFailed | InvalidSpec
    >()
  })
})

test('a child is given the input of its machine', () => {
  compiles(() => [
    child({ id: 'a', behavior: described, input: { to: 1 } }),
    child({ id: 'a', behavior: described, input: ({ epoch }) => ({ to: epoch }) }),
    // @ts-expect-error: this machine needs an input
    child({ id: 'a', behavior: described }),
    // @ts-expect-error: the wrong input
    child({ id: 'a', behavior: described, input: { to: 'x' } }),
  ])
})

test('options that do not exist do not compile', () => {
  compiles(() => [
    // @ts-expect-error: no such restart type
    child({ id: 'a', behavior: described, input: { to: 1 }, restart: 'sometimes' }),
    // @ts-expect-error: no such option
    child({ id: 'a', behavior: described, input: { to: 1 }, retries: 3 }),
    // @ts-expect-error: no such option of a dynamic supervisor: it has one strategy
    dynamicSupervisor({ id: 's', strategy: 'one_for_all' }),
    // @ts-expect-error: no such strategy
    supervisor({ id: 's', strategy: 'one_for_some' }),
    // @ts-expect-error: no such policy
    behavior({ logic: machine, mailbox: { overflow: 'explode' } }),
    // @ts-expect-error: a number of times, not a policy
    behavior({ logic: machine, redeliver: 'always' }),
    // @ts-expect-error: a kept snapshot is checked by a schema
    behavior({ logic: machine, keep: { version: '1' } }),
    behavior({ logic: door, defer: { closed: ['set'], 'opened.wide': ['get'] } }),
    // @ts-expect-error: no such message to defer
    behavior({ logic: door, defer: { closed: ['other'] } }),
    // @ts-expect-error: no such state to defer in
    behavior({ logic: door, defer: { closde: ['set'] } }),
    // @ts-expect-error: no such state within that one
    behavior({ logic: door, defer: { 'opened.closed': ['set'] } }),
  ])
})

test('an invoked effect has the input, the output and the events of its machine', () => {
  compiles(() => {
    const logic = fromEffect<string, Error, { url: string }, Message>(({ input, sendBack }) => {
      expectTypeOf(input).toEqualTypeOf<{ url: string }>()
      // @ts-expect-error: not an event of the machine
      sendBack({ type: 'other' })
      return Effect.succeed(input.url)
    })
    // @ts-expect-error: an element that is not an event of the machine
    const stream = fromEffectStream<Message, never>(() => Stream.make({ type: 'other' }))
    return [logic, stream]
  })
})
