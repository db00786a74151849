// The child of the supervision tests: ends in each way on demand, may fail to start, and may be slow to let go.

import { Effect } from 'effect'
import { setup } from 'xstate'
import {
  type ActorRef,
  behavior,
  type ChildSpec,
  child,
  fromEffect,
  type ReplyTo,
  type RestartType,
  type SupervisorRef,
} from '../../src/index.ts'
import type { TestSystem } from '../../src/testing/index.ts'

export type Work =
  | { readonly type: 'crash' }
  | { readonly type: 'finish' }
  | { readonly type: 'epoch'; readonly replyTo: ReplyTo<number> }

export interface WorkerOptions {
  readonly restart?: RestartType
  readonly shutdown?: number | 'brutal' | 'infinity'
  readonly significant?: boolean
  /** How many of the next starts fail, counted down, and what happens during each. */
  readonly failing?: { starts: number; readonly meanwhile?: () => void }
  /** How long it takes to release what it holds; `Infinity` for never. */
  readonly releaseMs?: number
  /** Whether the release then fails. */
  readonly releaseFails?: boolean
}

interface Holding {
  readonly epoch: number
  readonly releaseMs: number
  readonly releaseFails: boolean
}

const machine = setup({
  types: {
    context: {} as Holding,
    events: {} as Work,
    input: {} as Holding,
  },
  actors: {
    hold: fromEffect<never, never, Holding>(({ input: { releaseMs, releaseFails } }) => {
      const slow = releaseMs === Number.POSITIVE_INFINITY ? Effect.never : Effect.sleep(releaseMs)
      const release = releaseFails ? Effect.andThen(slow, Effect.die(new Error('did not let go'))) : slow
      return Effect.andThen(
        Effect.acquireRelease(Effect.void, () => release),
        Effect.never,
      )
    }),
  },
}).createMachine({
  context: ({ input }) => input,
  initial: 'up',
  states: {
    up: {
      invoke: { src: 'hold', input: ({ context }) => context },
      on: {
        finish: 'done',
        crash: {
          actions: () => {
            throw new Error('crashed on purpose')
          },
        },
        epoch: { actions: ({ event, context }) => event.replyTo.succeed(context.epoch) },
      },
    },
    done: { type: 'final' },
  },
})

export function worker(id: string, options: WorkerOptions = {}): ChildSpec<Work> {
  const { failing, releaseMs = 0, releaseFails = false, ...supervised } = options
  return child({
    id,
    behavior: behavior({ logic: machine }),
    ...supervised,
    input: ({ epoch }) => {
      if (failing !== undefined && failing.starts > 0) {
        failing.starts -= 1
        failing.meanwhile?.()
        throw new Error('did not start on purpose')
      }
      return { epoch, releaseMs, releaseFails }
    },
  })
}

/** Starts and ends since the last call, as `+a`, `-a`, in order; supervisors that end with why they did. */
export function tracing(system: TestSystem): () => readonly string[] {
  let seen = 0
  return () => {
    const events = system.inspected.slice(seen)
    seen = system.inspected.length
    return events.flatMap(event => {
      const name = event.path.split('/').at(-1) ?? ''
      if (event._tag === 'ActorStarted') return [`+${name}`]
      if (event._tag === 'ActorStopped') return [`-${name}`]
      return []
    })
  }
}

export const workerRef = (supervisor: SupervisorRef, id: string): ActorRef<Work> => {
  const ref = supervisor.child<Work>(id)
  if (ref === undefined) throw new Error(`no worker ${id}`)
  return ref
}

export const states = (supervisor: SupervisorRef): Record<string, string> =>
  Object.fromEntries(supervisor.whichChildren().map(({ id, state }) => [id, state]))
