// An ask as an Effect: the asker is the fiber that waits, and an interruption gives the question up.

import { type Duration, Effect, Exit } from 'effect'
import type { EventObject } from 'xstate'
import type { AskError, ReplyTo } from './ActorRef.ts'
import type { Asker, Questioned } from './Ask.ts'

export const askEffect = <R>(
  ref: Questioned,
  make: (replyTo: ReplyTo<R>) => EventObject,
  timeout: Duration.Input,
): Effect.Effect<R, AskError> =>
  Effect.callback(resume => {
    const ask = ref.question(make, timeout, fiber, resume)
    return ask && Effect.sync(() => ask.abandon())
  })

/** An asker is what Effect.callback gives to resume with. */
const fiber: Asker<(outcome: Exit.Exit<never, AskError>) => void> = {
  succeed: (resume, value) => resume(Exit.succeed(value as never)),
  fail: (resume, error) => resume(Exit.fail(error)),
}
