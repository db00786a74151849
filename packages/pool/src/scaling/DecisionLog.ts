// The decisions that differed from the one before, holds included: what tells later why the pool did not scale at some
// moment. Pure; a decision is made four times a second, and nearly all say the same again.

import type { Decision } from './Decision.ts'

/** How many are remembered. */
const remembered = 200

/** With the decision as the latest, where it says something else than the last one. Oldest first. */
export function logged(log: readonly Decision[], decision: Decision): readonly Decision[] {
  const last = log.at(-1)
  return last !== undefined && isSame(last, decision) ? log : [...log.slice(1 - remembered), decision]
}

function isSame(a: Decision, b: Decision): boolean {
  return a._tag === b._tag && a.target === b.target && a.cause === b.cause && ceilingOf(a) === ceilingOf(b)
}

/** Which ceiling it is, where that is the cause. */
function ceilingOf({ cause, grounds }: Decision): string | undefined {
  return cause === 'ceiling' ? grounds?.ceiling.because : undefined
}
