import { Effect } from 'effect'
import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { ActorSystem, behavior, child, fromEffect, type ReplyTo, supervisor } from '../../src/index.ts'

type Message =
  | { type: 'count'; replyTo: ReplyTo<number> }
  | { type: 'ready'; resource: string }
  | { type: 'crash' }

const machine = (log: string[], name: string) =>
  setup({
    types: { context: {} as { seen: number }, events: {} as Message },
    actors: {
      hold: fromEffect<never, never, unknown, Message>(({ sendBack }) =>
        Effect.gen(function* () {
          yield* Effect.acquireRelease(
            Effect.sync(() => void log.push(`${name} acquired`)),
            () => Effect.sync(() => void log.push(`${name} released`)),
          )
          sendBack({ type: 'ready', resource: 'r' })
          return yield* Effect.never
        }),
      ),
    },
  }).createMachine({
    context: { seen: 0 },
    initial: 'starting',
    invoke: { src: 'hold' },
    states: {
      starting: { on: { ready: 'ready' } },
      ready: {},
    },
    on: {
      count: {
        actions: [
          assign({ seen: ({ context }) => context.seen + 1 }),
          ({ event, context }) => event.replyTo.succeed(context.seen),
        ],
      },
      crash: {
        actions: () => {
          throw new Error('crashed on purpose')
        },
      },
    },
  })

test('rest_for_one restarts the one that died and those after it; refs still answer; resources are released before', async () => {
  const log: string[] = []
  await using system = await ActorSystem.start({ log: 'off' })
  const tree = supervisor({
    id: 'tree',
    strategy: 'rest_for_one',
    intensity: 3,
    period: '5 seconds',
    children: ['a', 'b', 'c'].map(id => child({ id, behavior: behavior({ logic: machine(log, id) }) })),
  })
  await system.spawn(tree)
  const b = system.lookup<Message>('/tree/b')
  expect(await b?.ask<number>(replyTo => ({ type: 'count', replyTo }), '1 second')).toBe(1)
  expect(log).toEqual(['a acquired', 'b acquired', 'c acquired'])
  b?.tell({ type: 'crash' })
  expect(await b?.ask<number>(replyTo => ({ type: 'count', replyTo }), '1 second')).toBe(1)
  expect(log.slice(3)).toEqual(['b released', 'c released', 'b acquired', 'c acquired'])
  await Effect.runPromise(system.effect.root.terminateChild('tree'))
  expect(log.slice(7)).toEqual(['c released', 'b released', 'a released'])
})
