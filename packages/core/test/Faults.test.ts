import { expect, test } from 'vitest'
import { child, supervisor } from '../src/index.ts'
import { InjectedFault, makeFaults, startTestSystem } from '../src/testing/index.ts'
import { add, type Count, counting } from './counter.ts'

test('the same seed injects the same faults', async () => {
  const run = async (seed: number) => {
    const faults = makeFaults(seed)
    await using system = await startTestSystem()
    const sup = await system
      .spawn(
        supervisor({
          id: 'sup',
          intensity: 1000,
          children: [
            child({
              id: 'a',
              behavior: faults.into(counting, { message: 0.2, start: 0.2 }),
              restart: 'permanent',
            }),
          ],
        }),
      )
      .catch(() => undefined)
    const ref = sup?.child<Count>('a')
    for (let by = 1; by <= 50; by++) ref?.tell(add(by))
    await system.settle()
    const ends = system.inspected.flatMap(event => (event._tag === 'ActorStopped' ? [event.reason] : []))
    return { injected: faults.injected, ends: ends.length, seen: ref?.getSnapshot() }
  }
  const seed = Array.from({ length: 20 }, (_, at) => at).find(at => makeFaults(at).random() > 0.5) ?? 0
  const [one, two] = [await run(seed), await run(seed)]
  expect(one.injected).toBeGreaterThan(3)
  expect(two.injected).toBe(one.injected)
  expect(two.ends).toBe(one.ends)
})

test('crash fails an incarnation, kill ends it, and neither does anything where there is none', async () => {
  const faults = makeFaults(1)
  await using system = await startTestSystem()
  const sup = await system.spawn(
    supervisor({ id: 'sup', intensity: 9, children: [child({ id: 'a', behavior: counting })] }),
  )
  const ref = sup.child<Count>('a')
  if (ref === undefined) throw new Error('no child')
  expect(faults.crash(ref)).toBe(true)
  expect(faults.crash(ref)).toBe(false)
  await system.settle()
  expect(faults.kill(ref)).toBe(true)
  await system.settle()
  const ends = system.inspected.flatMap(event => (event._tag === 'ActorStopped' ? [event.reason] : []))
  expect(ends).toEqual([
    { _tag: 'Failure', error: new InjectedFault({ during: 'crash' }) },
    { _tag: 'Killed' },
  ])
  expect(sup.countChildren().active).toBe(1)
})

test('after heal nothing fails any more', async () => {
  const faults = makeFaults(1)
  await using system = await startTestSystem()
  const never = faults.into(counting, { message: 1 })
  faults.heal()
  const ref = await system.spawn(child({ id: 'a', behavior: never }))
  ref.tell(add(1))
  await system.settle()
  expect(ref.getSnapshot().context.count).toBe(1)
})
