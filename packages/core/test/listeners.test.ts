// What listeners may do: throw, and nobody else is the worse for it. And what is kept for those that look later.

import { Effect, Stream } from 'effect'
import { expect, test } from 'vitest'
import { rootPath } from '../src/ActorPath.ts'
import { type Abandoned, child, supervisor } from '../src/index.ts'
import { abandon } from '../src/Kernel.ts'
import { SystemLog } from '../src/SystemLog.ts'
import { startTestSystem } from '../src/testing/index.ts'
import { type Count, counting } from './counter.ts'

const thrower = () => {
  throw new Error('a listener of this test throws')
}

test('a watcher that throws breaks neither the end it is told of, nor, told at once, whoever watches', async () => {
  await using system = await startTestSystem()
  const sup = await Effect.runPromise(
    system.effect.spawn(supervisor({ id: 'sup', children: [child({ id: 'a', behavior: counting })] })),
  )
  const a = sup.child<Count>('a')
  const ends: string[] = []
  for (const ref of [sup, a]) {
    ref?.watch(thrower)
    ref?.watch(({ path }) => void ends.push(path))
  }
  await Effect.runPromise(sup.stop())
  for (const ref of [sup, a]) ref?.watch(thrower)()
  expect(ends.toSorted()).toEqual(['/sup', '/sup/a'])
})

test('an async listener that rejects is one that threw: it is logged, and nobody else hears of it', async () => {
  const said: string[] = []
  await using system = await startTestSystem({
    log: async ({ message }) => {
      said.push(message)
      throw new Error('so does this one')
    },
  })
  const { ref } = await system.spawn(child({ id: 'a', behavior: counting }))
  const rejects = async () => thrower()
  for (const leave of [system.inspect(rejects), system.events.subscribe(rejects)]) leave()
  ref.watch(rejects)
  ref.subscribe(rejects)
  ref.tell({ type: 'add', by: 1 })
  await system.settle()
  system.events.subscribe(rejects)
  await Effect.runPromise(ref.stop())
  await system.settle()
  const broken = 'a listener threw: Error: a listener of this test throws'
  expect(said).toEqual([broken, broken, broken])
})

test('who listens twice with one function hears twice, and leaves once', async () => {
  await using system = await startTestSystem()
  const { ref } = await system.spawn(child({ id: 'a', behavior: counting }))
  const heard: string[] = []
  const hear = ({ path }: { readonly path: string }) => void heard.push(path)
  for (const listen of [() => ref.watch(hear), () => system.events.subscribe(hear)]) {
    listen()
    listen()
    listen()()
  }
  await Effect.runPromise(ref.stop())
  expect(heard).toEqual(['/a', '/a', '/a', '/a'])
})

test('of the incarnations that were given up the last 1,000 are kept', () => {
  const abandoned: Abandoned[] = []
  const log = new SystemLog(() => 0, undefined)
  for (let at = 0; at < 2500; at++) abandon({ abandoned, log }, { path: rootPath, epoch: at, effects: 1, at })
  expect(abandoned).toHaveLength(1000)
  expect(abandoned.at(0)?.at).toBe(1500)
  expect(abandoned.at(-1)?.at).toBe(2499)
})

test('snapshots begin with the first one there is', async () => {
  await using system = await startTestSystem()
  const seen: unknown[] = []
  const early: unknown[] = []
  const spec = child({
    id: 'a',
    behavior: counting,
    input: ({ ref }) => {
      early.push(ref.getSnapshot())
      void Effect.runPromise(Effect.exit(take(ref.snapshots)))
      return undefined as never
    },
  })
  const take = (snapshots: Stream.Stream<unknown>) =>
    Stream.runForEach(snapshots, snapshot => Effect.sync(() => void seen.push(snapshot)))
  const ref = await Effect.runPromise(system.effect.spawn(spec))
  ref.tell({ type: 'add', by: 1 })
  await system.settle()
  expect(early).toEqual([undefined])
  expect(seen).toMatchObject([{ context: { count: 0 } }, { context: { count: 1 } }])
})
