// The actor of the random worlds: notes what runs in it, forwards, answers, fails, and leaves stubborn effects behind.

import { Effect } from 'effect'
import { assign, setup, spawnChild } from 'xstate'
import { type ActorRef, fromEffect, type ReplyTo } from '../../src/index.ts'

interface Numbered {
  readonly id: number
  readonly from: string
}

export type Message = Numbered &
  (
    | { readonly type: 'work' | 'later' | 'open' | 'close' | 'bad' | 'finish' | 'late' }
    | { readonly type: 'ask'; readonly replyTo: ReplyTo<number> }
    | { readonly type: 'forward'; readonly to: string }
    | { readonly type: 'linger'; readonly ms: number }
  )

/** Stands for one incarnation. */
export interface Token {
  readonly path: string
}

/** What the world that the actor lives in does for it. */
export interface Surroundings {
  /** An action ran for this message. */
  ran(path: string, id: number): void
  /** Tells another actor, on behalf of this one. */
  forward(from: string, to: string): void
  /** A message from an effect of an incarnation that may be over. */
  late(token: Token, send: (message: Message) => void): void
}

export function workerMachine(world: Surroundings) {
  return setup({
    types: {
      context: {} as { token: Token; count: number },
      events: {} as Message,
      input: {} as Token,
    },
    actors: {
      /** It cannot be interrupted: what ends in less than its delay leaves it behind. */
      linger: fromEffect<void, never, { token: Token; ms: number }, Message>(({ input, self, sendBack }) => {
        const ref: ActorRef<Message> = self
        return Effect.uninterruptible(
          Effect.andThen(
            Effect.sleep(input.ms),
            Effect.sync(() => {
              world.late(input.token, message => ref.tell(message))
              world.late(input.token, message => sendBack(message))
            }),
          ),
        )
      }),
    },
    actions: {
      note: ({ event, context }) => world.ran(context.token.path, event.id),
    },
  }).createMachine({
    context: ({ input }) => ({ token: input, count: 0 }),
    initial: 'opened',
    on: {
      work: { actions: ['note', assign({ count: ({ context }) => context.count + 1 })] },
      late: { actions: 'note' },
      ask: { actions: ['note', ({ event }) => event.replyTo.succeed(event.id)] },
      forward: {
        actions: ['note', ({ event, context }) => world.forward(context.token.path, event.to)],
      },
      bad: {
        actions: [
          'note',
          () => {
            throw new Error('bad message')
          },
        ],
      },
      linger: {
        actions: [
          'note',
          spawnChild('linger', {
            input: ({ event, context }) => ({
              token: context.token,
              ms: event.type === 'linger' ? event.ms : 0,
            }),
          }),
        ],
      },
      finish: { target: '.finished', actions: 'note' },
    },
    states: {
      opened: { on: { later: { actions: 'note' }, close: { target: 'closed', actions: 'note' } } },
      // `later` and `ask` wait here: they are deferred.
      closed: { on: { open: { target: 'opened', actions: 'note' } } },
      finished: { type: 'final' },
    },
  })
}
