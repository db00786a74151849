// Bugs that other actor libraries had, each by its symptom.

import { Effect } from 'effect'
import { describe, expect, test } from 'vitest'
import { createMachine, fromTransition } from 'xstate'
import { ActorSystem, behavior, child, dynamicSupervisor, fromEffect, supervisor } from '../../src/index.ts'
import { makeFaults, startTestSystem } from '../../src/testing/index.ts'
import { states, tracing, worker, workerRef } from './worker.ts'

const never = Number.POSITIVE_INFINITY

describe('a constructor that throws leaves no zombie:', () => {
  const held: string[] = []
  const holding = (name: string) =>
    fromEffect(() =>
      Effect.andThen(
        Effect.acquireRelease(
          Effect.sync(() => void held.push(name)),
          () => Effect.sync(() => void held.splice(held.indexOf(name), 1)),
        ),
        Effect.never,
      ),
    )
  const throws = () => {
    throw new Error('in the constructor')
  }
  test.each([
    ['where its context is made', createMachine({ context: throws })],
    [
      'in an entry action, after it had invoked something',
      createMachine({
        invoke: { src: holding('entered') },
        initial: 'a',
        states: { a: { entry: throws } },
      }),
    ],
    [
      'in a machine that it invokes beside others',
      createMachine({
        invoke: [{ src: holding('beside') }, { src: createMachine({ context: throws }) }],
      }),
    ],
  ])('%s', async (_title, logic) => {
    await using system = await startTestSystem()
    const spec = child({ id: 'a', behavior: behavior({ logic }), input: undefined })
    const error = await Effect.runPromise(Effect.flip(system.effect.spawn(spec)))
    await system.settle()
    expect(error._tag).toBe('StartFailed')
    expect(held).toEqual([])
    expect(system.lookup('/a')).toBeUndefined()
    expect(system.root.whichChildren()).toEqual([])
    expect(system.virtual.pending).toBe(0)
    // The place is free.
    const sound = child({ id: 'a', behavior: behavior({ logic: createMachine({}) }), input: undefined })
    expect((await system.spawn(sound)).path).toBe('/a')
  })

  test('nor does an input that throws at a restart', async () => {
    await using system = await startTestSystem()
    const failing = { starts: 0 }
    const { ref: sup } = await system.spawn(
      supervisor({ id: 'sup', intensity: 5, children: [worker('a', { failing })] }),
    )
    failing.starts = 2
    workerRef(sup, 'a').tell({ type: 'crash' })
    await system.settle()
    expect(states(sup)).toEqual({ a: 'running' })
    const trace = system.inspected.filter(event => event.path === '/sup/a').map(event => event._tag)
    expect(trace.filter(tag => tag === 'ActorStarted')).toHaveLength(2)
  })
})

test('one_for_all does not revive a sibling that is being stopped', async () => {
  await using system = await startTestSystem()
  const trace = tracing(system)
  const { ref: sup } = await system.spawn(
    supervisor({
      id: 'sup',
      strategy: 'one_for_all',
      intensity: 9,
      children: [worker('a'), worker('b', { restart: 'temporary', releaseMs: 1000 })],
    }),
  )
  await system.settle()
  trace()
  // b is asked to stop and takes its time; meanwhile a dies.
  const stopped = Effect.runPromise(sup.terminateChild('b'))
  workerRef(sup, 'a').tell({ type: 'crash' })
  await system.advance(1000)
  await stopped
  await system.settle()
  expect(trace()).toEqual(['-a', '-b', '+a'])
  expect(states(sup)).toEqual({ a: 'running' })
})

test('nor while the supervisor itself is being stopped', async () => {
  await using system = await startTestSystem()
  const trace = tracing(system)
  const { ref: sup } = await system.spawn(
    supervisor({
      id: 'sup',
      strategy: 'one_for_all',
      intensity: 9,
      children: [worker('a'), worker('b', { releaseMs: 1000 })],
    }),
  )
  const a = workerRef(sup, 'a')
  await system.settle()
  trace()
  const stopped = Effect.runPromise(sup.stop())
  a.tell({ type: 'crash' })
  await system.advance(1000)
  await stopped
  await system.settle()
  expect(trace()).toEqual(['-a', '-b', '-sup'])
})

test('a supervisor stuck in a restart loop can be stopped', async () => {
  await using system = await startTestSystem()
  const failing = { starts: 0 }
  const { ref: sup } = await system.spawn(
    supervisor({
      id: 'sup',
      intensity: 1_000_000,
      children: [worker('healthy'), worker('hopeless', { failing })],
    }),
  )
  const hopeless = workerRef(sup, 'hopeless')
  failing.starts = never
  hopeless.tell({ type: 'crash' })
  await system.until(() => states(sup)['hopeless'] === 'restarting')
  expect(states(sup)).toMatchObject({ healthy: 'running', hopeless: 'restarting' })
  await Effect.runPromise(sup.stop())
  expect(system.effect.lookupSupervisor('/sup')).toBeUndefined()
  expect(system.lookup('/sup/healthy')).toBeUndefined()
})

test('nor does one whose child starts, and dies at once, again and again, keep the event loop to itself', async () => {
  await using system = await ActorSystem.start({ log: 'off' })
  let starts = 0
  // It would come to rest, so that a test of a loop that nobody can stop ends too.
  const dying = createMachine({
    entry: async () => {
      starts += 1
      if (starts < 20_000) throw new Error('again')
    },
  })
  const hopeless = child({ id: 'a', behavior: behavior({ logic: dying }) })
  const sup = await system.spawn(supervisor({ id: 'sup', intensity: 1_000_000, children: [hopeless] }))
  await new Promise(resolve => setTimeout(resolve, 1))
  await sup.stop()
  expect(starts).toBeLessThan(20_000)
  expect(system.lookup('/sup/a')).toBeUndefined()
})

test("a slow child's shutdown limit holds, also where its whole supervisor is stopped", async () => {
  await using system = await startTestSystem()
  const { ref: sup } = await system.spawn(
    supervisor({
      id: 'sup',
      children: [
        worker('stuck', { releaseMs: never, shutdown: 300 }),
        worker('slow', { releaseMs: 100, shutdown: 300 }),
      ],
    }),
  )
  await system.settle()
  const ends: unknown[] = []
  sup.watch(() => ends.push(system.virtual.now()))
  const stopped = Effect.runPromise(sup.stop())
  await system.advance('1 second')
  await stopped
  // slow by itself after 100 ms, then stuck at its limit: in reverse, one after the other.
  expect(ends).toEqual([400])
  expect(system.abandoned).toMatchObject([{ path: '/sup/stuck', at: 400 }])
})

test('children do not survive the restart of their supervisor, not even one that is killed', async () => {
  await using system = await startTestSystem()
  const faults = makeFaults(1)
  const { ref: sup } = await system.spawn(
    supervisor({
      id: 'top',
      strategy: 'rest_for_one',
      intensity: 9,
      children: [
        worker('first'),
        supervisor({ id: 'in', shutdown: 'brutal', children: [worker('x', { releaseMs: never })] }),
      ],
    }),
  )
  const trace = tracing(system)
  await system.settle()
  trace()
  faults.kill(workerRef(sup, 'first'))
  await system.settle()
  expect(trace()).toEqual(['-first', '-x', '-in', '+first', '+in', '+x'])
  expect(system.abandoned.map(({ path }) => path)).toEqual(['/top/first', '/top/in/x'])
})

const plain = behavior({ logic: fromTransition((count: number) => count + 1, 0) })

/** Milliseconds of this process's own work, so that what else the machine does counts less. */
async function workOf(children: number): Promise<number> {
  await using system = await ActorSystem.start()
  const { ref: sup } = await system.spawn(dynamicSupervisor({ id: 'sup' }))
  const before = process.cpuUsage()
  const ids = Array.from({ length: children }, (_, at) => `w${at}`)
  await Effect.runPromise(
    Effect.forEach(ids, id => sup.startChild(child({ id, behavior: plain })), { discard: true }),
  )
  expect(sup.countChildren().active).toBe(children)
  await Effect.runPromise(sup.stop())
  expect(system.lookup('/sup/w0')).toBeUndefined()
  const { user, system: kernel } = process.cpuUsage(before)
  return (user + kernel) / 1000
}

/** The same for temporary children of a supervisor with specifications, that come one after the other and end by themselves. */
async function workOfTemporary(children: number): Promise<number> {
  await using system = await startTestSystem()
  const { ref: sup } = await system.spawn(supervisor({ id: 'sup' }))
  const before = process.cpuUsage()
  const refs = await Effect.runPromise(
    Effect.forEach(
      Array.from({ length: children }, (_, at) => `w${at}`),
      id => sup.startChild(worker(id, { restart: 'temporary' })),
    ),
  )
  for (const ref of refs) ref.tell({ type: 'finish' })
  await system.until(() => sup.countChildren().specs === 0)
  const { user, system: kernel } = process.cpuUsage(before)
  return (user + kernel) / 1000
}

test('ten times as many temporary children, that end by themselves, are at most fifty times the work', async () => {
  await workOfTemporary(300)
  const few = await workOfTemporary(300)
  const many = await workOfTemporary(3000)
  expect(many).toBeLessThan(50 * few)
})

test('100,000 children start and stop in near-linear time', { timeout: 180_000 }, async () => {
  await workOf(2000)
  const few = await workOf(5000)
  const many = await workOf(100_000)
  const ratio = many / 100_000 / (few / 5000)
  process.stderr.write(`100,000 children: ${ratio.toFixed(2)} times the work a child of 5,000\n`)
  // 1 is linear, 20 is quadratic.
  expect(ratio).toBeLessThan(6)
})
