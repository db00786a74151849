// The trace that a message belongs to goes with it: by tell, by ask, on to other actors, and into effects.

import { Effect, Tracer } from 'effect'
import { expect, test } from 'vitest'
import { setup } from 'xstate'
import { type ActorRef, type ActorSystem, behavior, child, fromEffect, type ReplyTo } from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'

type Message = { readonly type: 'go'; readonly replyTo?: ReplyTo<string> }
const span = Tracer.externalSpan({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) })

/** An actor that notes the trace of each message, tells the next one, and runs an effect. */
function hop(
  name: string,
  seen: string[],
  system: () => ActorSystem,
  next: () => ActorRef<Message> | undefined,
) {
  const note = (where: string, trace: { traceId: string } | undefined) =>
    void seen.push(`${name} ${where} ${trace?.traceId.slice(0, 4) ?? 'none'}`)
  const machine = setup({
    types: { events: {} as Message },
    actors: {
      effect: fromEffect(() =>
        Effect.andThen(
          Effect.yieldNow,
          Effect.sync(() => note('effect', system().trace)),
        ),
      ),
    },
  }).createMachine({
    initial: 'idle',
    states: {
      idle: {
        on: {
          go: {
            target: 'busy',
            actions: ({ event }) => {
              note('action', system().trace)
              next()?.tell({ type: 'go' })
              event.replyTo?.succeed('done')
            },
          },
        },
      },
      busy: { invoke: { src: 'effect', onDone: 'idle' } },
    },
  })
  return child({ id: name, behavior: behavior({ logic: machine }) })
}

async function run() {
  const system = await startTestSystem()
  const seen: string[] = []
  const contract = () => system.effect
  const second = await system.spawn(hop('second', seen, contract, () => undefined))
  const first = await system.spawn(hop('first', seen, contract, () => second.ref))
  return { system, seen, ref: first.ref, [Symbol.asyncDispose]: () => system.stop() }
}

const carried = ['first action aaaa', 'second action aaaa', 'first effect aaaa', 'second effect aaaa']

test('an ask in a span carries it to the actor, to whom that tells, and into what they invoke', async () => {
  await using it = await run()
  const ask = it.ref.ask<string>(replyTo => ({ type: 'go', replyTo }), '1 second')
  expect(await Effect.runPromise(Effect.withParentSpan(ask, span))).toBe('done')
  await it.system.settle()
  expect(it.seen.toSorted()).toEqual(carried.toSorted())
  const traces = it.system.inspected.flatMap(event =>
    event._tag === 'MessageReceived' ? [event.trace?.spanId] : [],
  )
  expect(traces).toEqual([span.spanId, span.spanId])
})

test('a tell and an offer within a span carry it too', async () => {
  await using it = await run()
  await Effect.runPromise(
    Effect.withParentSpan(
      Effect.andThen(
        Effect.sync(() => it.ref.tell({ type: 'go' })),
        Effect.void,
      ),
      span,
    ),
  )
  await it.system.settle()
  expect(it.seen.toSorted()).toEqual(carried.toSorted())
  it.seen.length = 0
  await Effect.runPromise(Effect.withParentSpan(it.ref.offer({ type: 'go' }), span))
  await it.system.settle()
  expect(it.seen.toSorted()).toEqual(carried.toSorted())
})

test('without a span there is none, and none is left over from a message before', async () => {
  await using it = await run()
  await Effect.runPromise(Effect.withParentSpan(it.ref.offer({ type: 'go' }), span))
  await it.system.settle()
  it.seen.length = 0
  it.ref.tell({ type: 'go' })
  await it.system.settle()
  expect(new Set(it.seen.map(line => line.split(' ').at(-1)))).toEqual(new Set(['none']))
  expect(it.system.effect.trace).toBeUndefined()
})
