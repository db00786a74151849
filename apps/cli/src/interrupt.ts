// Ctrl-C, a polite kill and a terminal that closes, turned into one signal that every command passes down. The first asks for an
// orderly end; a second one ends the process at once (the next start reaps what it leaves).

import { Data } from 'effect'

/** By signal: 128 and its number, as shells have it. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

export type Interruption = keyof typeof exitCodes

/** Ctrl-C, SIGTERM or SIGHUP came while the command ran. */
export class Interrupted extends Data.TaggedError('Interrupted')<{ readonly by: Interruption }> {
  get exitCode(): number {
    return exitCodes[this.by]
  }

  override get message(): string {
    return `${this.by}: stopped; what it had started is closed.`
  }
}

const signals = Object.keys(exitCodes) as readonly Interruption[]

/**
 * Runs a command with a signal that fires on Ctrl-C; the listeners are gone when it is done.
 * @param closing what it does when that comes
 */
export async function interruptible<A>(
  body: (signal: AbortSignal) => Promise<A>,
  closing = 'closing the browsers',
): Promise<A> {
  const controller = new AbortController()
  const interrupt = (by: Interruption) => {
    if (controller.signal.aborted) process.exit(exitCodes[by])
    process.stderr.write(`\nshoal: ${by}: ${closing} (again to quit at once)\n`)
    controller.abort(new Interrupted({ by }))
  }
  for (const signal of signals) process.on(signal, interrupt)
  try {
    return await body(controller.signal)
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}

/** Whether it is Ctrl-C that made the signal fire. */
export function isCtrlC(signal: AbortSignal): boolean {
  return signal.reason instanceof Interrupted && signal.reason.by === 'SIGINT'
}
