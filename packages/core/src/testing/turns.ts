// Waiting in turns of the event loop, not in time: with a virtual clock all that can happen does so within a
// number of turns, so that a test neither sleeps nor hangs.

const turn = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 0))

/** Lets everything that is under way come to rest. */
export async function turns(count = 4): Promise<void> {
  for (let left = count; left > 0; left--) await turn()
}

/** Waits until the condition holds; after 2,000 turns it fails with what `explain` says. */
export async function turnsUntil(condition: () => boolean, explain: () => string): Promise<void> {
  for (let left = 2000; !condition(); left--) {
    if (left === 0) throw new Error(explain())
    await turn()
  }
}
