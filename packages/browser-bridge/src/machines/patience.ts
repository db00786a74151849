// How long the host waits for somebody before it takes a step: a limit that counts only while the host itself is there.
// A timer that fell due while the host stood still fires before the sockets are read, and the answer may lie in one of
// them; so the limit is counted in slices, one that ends far too late for a short one, and the last of these is waited for once
// more. Only once: a host that is always late must come to an end, too.
import { assign, setup } from 'xstate'

/** Short against every limit, so that little of it is waited for twice. */
const sliceMs = 250
/** How much of a slice's lateness counts: on a busy machine timers are late, too. */
const lateMs = 250

export interface Wait {
  readonly leftMs: number
  /** When the present slice began. */
  readonly since: number
}

const sliceOf = ({ leftMs }: Wait): number => Math.min(sliceMs, leftMs)

const mostOf = (wait: Wait): number => sliceOf(wait) + lateMs

/** What is left after the present slice. */
const leftAt = (wait: Wait, now: number): number => wait.leftMs - Math.min(now - wait.since, mostOf(wait))

/** A machine that is done when the limit has passed. `now`: the clock that its timers go by, in milliseconds. */
export const patience = (now: () => number) =>
  setup({
    types: { input: {} as { readonly limitMs: number }, context: {} as Wait },
    guards: {
      isLeft: ({ context }) => leftAt(context, now()) > 0,
      stoodStill: ({ context }) => now() - context.since > mostOf(context),
    },
    actions: {
      count: assign(({ context }) => {
        const at = now()
        return { leftMs: Math.max(0, leftAt(context, at)), since: at }
      }),
    },
    delays: { slice: ({ context }) => sliceOf(context), hearing: sliceMs },
  }).createMachine({
    id: 'patience',
    context: ({ input }) => ({ leftMs: input.limitMs, since: now() }),
    initial: 'waiting',
    states: {
      waiting: {
        after: {
          slice: [
            { guard: 'isLeft', target: 'waiting', reenter: true, actions: 'count' },
            { guard: 'stoodStill', target: 'hearing' },
            { target: 'over' },
          ],
        },
      },
      hearing: { after: { hearing: 'over' } },
      over: { type: 'final' },
    },
  })
