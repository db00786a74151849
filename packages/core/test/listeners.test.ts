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
