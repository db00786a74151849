// Ctrl-C, a polite kill and a terminal that closes, turned into one signal that every command passes down. The first asks for an
// orderly end; a second one ends the process at once (the next start reaps what it leaves).

import { Data } from 'effect'

/** Ctrl-C, SIGTERM or SIGHUP came while the command ran. */
export class Interrupted extends Data.TaggedError('Interrupted')<{ readonly message: string }> {}

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs a command with a signal that fires on Ctrl-C; the listeners are gone when it is done. */
export async function interruptible<A>(body: (signal: AbortSignal) => Promise<A>): Promise<A> {
  const controller = new AbortController()
  const interrupt = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130)
    process.stderr.write(`\nshoal: ${name}: closing the browsers (again to quit at once)\n`)
    controller.abort(new Interrupted({ message: `${name}: stopped, browsers closed.` }))
  }
  for (const name of names) process.on(name, interrupt)
  try {
    return await body(controller.signal)
  } finally {
    for (const name of names) process.off(name, interrupt)
  }
}
