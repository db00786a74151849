// The worker of the scripts on core's side: starts, dies and answers its stop as a script says. Its machine has
// no part in when that is: a Stage tells it.

import { Effect } from 'effect'
import { setup } from 'xstate'
import type { Cell } from '../../src/Cell.ts'
import { hostOf } from '../../src/Host.ts'
import { behavior, type ChildSpec, child, fromEffect } from '../../src/index.ts'
import type { How, Release, WorkerNode } from './Script.ts'

export type Work = { readonly type: 'normal' } | { readonly type: 'abnormal' }

/** Who says how a worker starts, and gets hold of its incarnations. */
export interface Stage {
  /** How the start that is under way ends; `up` for a good one. */
  nextStart(path: string): How | 'up'
  occupied(path: string, cell: Cell): void
}

interface Input {
  readonly path: string
  readonly start: How | 'up'
  readonly release: Release
  readonly stage: Stage
}

const onPurpose = () => new Error('on purpose')

const finalizers: Record<Release, Effect.Effect<void>> = {
  prompt: Effect.void,
  brutal: Effect.void,
  normal: Effect.sleep(1),
  abnormal: Effect.die('on purpose'),
  stuck: Effect.never,
}

// What only a supervisor, or a fault, does to an incarnation is done to its cell.
const cellOf = (system: Parameters<typeof hostOf>[0]) => hostOf(system) as Cell

const machine = setup({
  types: { context: {} as Input, events: {} as Work, input: {} as Input },
  actors: {
    hold: fromEffect<never, never, Release>(({ input }) =>
      Effect.andThen(
        Effect.acquireRelease(Effect.void, () => finalizers[input]),
        Effect.never,
      ),
    ),
  },
}).createMachine({
  context: ({ input }) => input,
  initial: 'starting',
  on: {
    normal: '.ended',
    abnormal: {
      actions: () => {
        throw onPurpose()
      },
    },
  },
  states: {
    starting: {
      entry: ({ context, self }) => {
        const cell = cellOf(self.system)
        if (context.start === 'up') context.stage.occupied(context.path, cell)
        if (context.start === 'shutdown') cell.stop()
        if (context.start === 'killed') cell.kill()
      },
      always: [
        { guard: ({ context }) => context.start === 'normal', target: 'ended' },
        {
          guard: ({ context }) =>
            context.start === 'up' && context.release !== 'prompt' && context.release !== 'brutal',
          target: 'holding',
        },
      ],
    },
    holding: { invoke: { src: 'hold', input: ({ context }) => context.release } },
    ended: { type: 'final' },
  },
})

const limits = { prompt: 5000, normal: 5000, abnormal: 5000, stuck: 20, brutal: 'brutal' } as const

export function oracleWorker(stage: Stage, parent: string, node: WorkerNode): ChildSpec<Work> {
  const { id, restart, significant, release } = node
  const path = `${parent}/${id}`
  return child({
    id,
    restart,
    significant,
    shutdown: limits[release],
    behavior: behavior({ logic: machine }),
    input: () => {
      const start = stage.nextStart(path)
      if (start === 'abnormal') throw onPurpose()
      return { path, start, release, stage }
    },
  })
}
