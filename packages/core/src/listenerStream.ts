// A stream of what a listener hears. Nothing is lost: what is not read yet is kept until the stream's scope ends.

import { Effect, Queue, Stream } from 'effect'

/** `listen` is given what to call with each value and what to call at the end; it returns how to leave. */
export const listenerStream = <A>(
  listen: (next: (value: A) => void, end: () => void) => () => void,
): Stream.Stream<A> =>
  Stream.callback<A>(
    queue =>
      Effect.acquireRelease(
        Effect.sync(() =>
          listen(
            value => void Queue.offerUnsafe(queue, value),
            () => void Queue.endUnsafe(queue),
          ),
        ),
        leave => Effect.sync(leave),
      ),
    { bufferSize: Number.POSITIVE_INFINITY },
  )
