// What each library under measurement is asked to do: the same counting actor, by its own public means. A
// contender does the work; it measures nothing.

/** Actors that count what they are sent. */
export interface Actors extends AsyncDisposable {
  /** Sends so many messages, in turn to all, and waits until each actor has processed its last one. */
  send(messages: number): Promise<void>
  /** Asks the first actor for its count so many times, one after the other. Answers the sum of the answers. */
  ask(times: number): Promise<number>
  /** Makes the first actor throw so many times; each time waits until it answers again. */
  crash(times: number): Promise<void>
}

export interface Contender {
  readonly name: string
  start(count: number): Promise<Actors>
  /** Starts an actor and stops it again, so many times, one after the other. */
  spawnAndStop(times: number): Promise<void>
}

/** Calls back at the last of so many calls. */
export function countdown(calls: number): { readonly done: Promise<void>; readonly tick: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = calls
  const tick = () => {
    left -= 1
    if (left === 0) resolve()
  }
  return { done: promise, tick }
}
