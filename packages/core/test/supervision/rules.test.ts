// Rules that hold whatever happens: random trees, random deaths and orders, on a virtual clock.

import { Effect, Schedule } from 'effect'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type ActorRef,
  dynamicSupervisor,
  type StrategyName,
  type SupervisorRef,
  supervisor,
} from '../../src/index.ts'
import { startTestSystem, type TestSystem } from '../../src/testing/index.ts'
import { type Work, type WorkerOptions, worker } from './worker.ts'

const ids = ['a', 'b', 'c', 'd'] as const
const operation = fc.record({
  what: fc.constantFrom(
    ...([
      'crash',
      'crash',
      'finish',
      'ask',
      'ask',
      'terminate',
      'restart',
      'delete',
      'start',
      'wait',
      'stop',
    ] as const),
  ),
  where: fc.constantFrom('top', 'in', 'dyn'),
  who: fc.constantFrom(...ids),
  settle: fc.boolean(),
})
const workerOptions = fc.record({
  restart: fc.constantFrom('permanent', 'transient', 'temporary' as const),
  releaseMs: fc.constantFrom(0, 0, 50, Number.POSITIVE_INFINITY),
  shutdown: fc.constantFrom(100, 'brutal' as const),
  failedStarts: fc.constantFrom(0, 0, 0, 1, 2),
})
const tree = fc.record({
  strategy: fc.constantFrom<StrategyName>('one_for_one', 'one_for_all', 'rest_for_one'),
  inner: fc.constantFrom<StrategyName>('one_for_one', 'one_for_all', 'rest_for_one'),
  intensity: fc.constantFrom(0, 1, 3, 100),
  backoff: fc.boolean(),
  workers: fc.tuple(workerOptions, workerOptions, workerOptions, workerOptions),
})

/** Parents outlive their children, and of each path at most one incarnation lives at a time. */
function checkLives(system: TestSystem): void {
  const alive = new Map<string, number>()
  for (const event of system.inspected) {
    if (event._tag === 'ActorStarted') {
      expect(alive.has(event.path), `${event.path} started twice`).toBe(false)
      const parent = event.path.slice(0, event.path.lastIndexOf('/')) || '/'
      // The inspector came after the root had started.
      if (parent !== '/') expect(alive.has(parent), `${event.path} started without its parent`).toBe(true)
      alive.set(event.path, event.epoch)
    } else if (event._tag === 'ActorStopped' && event.path !== '/') {
      expect(alive.get(event.path), `${event.path} stopped`).toBe(event.epoch)
      alive.delete(event.path)
      const orphans = [...alive.keys()].filter(path => path.startsWith(`${event.path}/`))
      expect(orphans, `outlived ${event.path}`).toEqual([])
    }
  }
  expect([...alive.keys()], 'alive after the stop').toEqual([])
}

test('at most one incarnation lives at a path, none outlives its parent, every ask ends, and every ref ends once', async () => {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(tree, fc.array(operation, { maxLength: 40 }), async (shape, script) => {
      runs += 1
      const system = await startTestSystem()
      const failing = shape.workers.map(() => ({ starts: 0 }))
      const make = (id: string) => {
        const at = ids.indexOf(id as 'a')
        const { failedStarts: _, ...options } = shape.workers[at] ?? { failedStarts: 0 }
        const counter = failing[at]
        return worker(id, { ...options, ...(counter && { failing: counter }) } satisfies WorkerOptions)
      }
      const restarting = {
        intensity: shape.intensity,
        period: '1 second',
        ...(shape.backoff && { backoff: Schedule.exponential('20 millis') }),
      } as const
      const spec = supervisor({
        ...restarting,
        id: 'top',
        strategy: shape.strategy,
        children: [
          make('a'),
          supervisor({ ...restarting, id: 'in', strategy: shape.inner, children: [make('b'), make('c')] }),
          dynamicSupervisor({ ...restarting, id: 'dyn' }),
          make('d'),
        ],
      })
      const ends = new Map<ActorRef<Work>, number>()
      let asked = 0
      let answered = 0
      await system.spawn(spec)
      // Only now: what fails at the first start would fail the whole tree.
      for (const [at, counter] of failing.entries()) counter.starts = shape.workers[at]?.failedStarts ?? 0
      const supervisorAt = (where: string): SupervisorRef | undefined =>
        system.effect.lookupSupervisor(where === 'top' ? '/top' : `/top/${where}`)
      for (const { what, where, who, settle } of script) {
        const sup = supervisorAt(where)
        const ref = sup?.child<Work>(who)
        if (ref !== undefined && !ends.has(ref)) {
          ends.set(ref, 0)
          ref.watch(() => ends.set(ref, (ends.get(ref) ?? 0) + 1))
        }
        const order = (effect: Effect.Effect<unknown, unknown> | undefined) =>
          void (effect && Effect.runFork(Effect.exit(effect)))
        if (what === 'crash' || what === 'finish') ref?.tell({ type: what })
        else if (what === 'ask' && ref !== undefined) {
          asked += 1
          const asking = Effect.exit(ref.ask<number>(replyTo => ({ type: 'epoch', replyTo }), '5 seconds'))
          Effect.runFork(asking).addObserver(() => {
            answered += 1
          })
        } else if (what === 'terminate') order(sup?.terminateChild(who))
        else if (what === 'restart') order(sup?.restartChild(who))
        else if (what === 'delete') order(sup?.deleteChild(who))
        else if (what === 'start') order(sup?.startChild(make(who)))
        else if (what === 'stop' && where !== 'top') order(sup?.stop())
        if (what === 'wait') await system.advance(30)
        else if (settle) await system.settle()
      }
      await system.advance('6 seconds')
      await system.stop()
      checkLives(system)
      expect(answered).toBe(asked)
      for (const times of ends.values()) expect(times).toBe(1)
      // What was abandoned may still sleep.
      await system.advance('1 second')
      expect(system.virtual.pending).toBe(0)
    }),
    { numRuns: 40, endOnFailure: true },
  )
  expect(runs).toBeGreaterThanOrEqual(40)
}, 60_000)
