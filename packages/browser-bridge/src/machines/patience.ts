// How long the host waits for somebody before it takes a step: a limit that counts only while the host itself is there.
// A timer that fell due while the host stood still fires before the sockets are read, and the answer may lie in one of
// them; so the limit is counted in slices, and one that ends far too late is waited for once more.
import { assign, setup } from 'xstate'

/** Short against every limit, so that little of it is waited for twice. */
const sliceMs = 250
/** How much too late a slice may end and still count: on a busy machine timers are late, too. */
const lateMs = 250

interface Wait {
  readonly leftMs: number
  /** When the present slice began. */
  readonly since: number
}

const sliceOf = ({ leftMs }: Wait): number => Math.min(sliceMs, leftMs)

/** What is left after the present slice. */
const leftAt = (wait: Wait, now: number): number => {
  const tookMs = now - wait.since
  return tookMs > sliceOf(wait) + lateMs ? wait.leftMs : wait.leftMs - tookMs
}

/** A machine that is done when the limit has passed. `now`: the clock that its timers go by, in milliseconds. */
export const patience = (now: () => number) =>
  setup({
    types: { input: {} as { readonly limitMs: number }, context: {} as Wait },
    guards: { isOver: ({ context }) => leftAt(context, now()) <= 0 },
    actions: {
      count: assign(({ context }) => {
        const at = now()
        return { leftMs: Math.max(0, leftAt(context, at)), since: at }
      }),
    },
    delays: { slice: ({ context }) => sliceOf(context) },
  }).createMachine({
    id: 'patience',
    context: ({ input }) => ({ leftMs: input.limitMs, since: now() }),
    initial: 'waiting',
    states: {
      waiting: {
        after: {
          slice: [
            { guard: 'isOver', target: 'over' },
            { target: 'waiting', reenter: true, actions: 'count' },
          ],
        },
      },
      over: { type: 'final' },
    },
  })
