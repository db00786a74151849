// What can be asked of a supervisor whose restart of a group has come half-way: a, b, c under one_for_all, a dies, and
// b does not start again at once. As OTP answers it.

import { Effect } from 'effect'
import { expect, test } from 'vitest'
import { type SupervisorRef, supervisor } from '../../src/index.ts'
import { startTestSystem } from '../../src/testing/index.ts'
import { states, tracing, worker, workerRef } from './worker.ts'

type Order = (sup: SupervisorRef) => Effect.Effect<unknown, { readonly _tag: string }>

/** Gives the order while b fails to start; what came of it, and what happened. */
async function halfway(order: Order) {
  await using system = await startTestSystem()
  let answer: Promise<string> | undefined
  const failing = {
    starts: 0,
    meanwhile: () => {
      const ordered = Effect.match(order(sup), { onSuccess: () => 'done', onFailure: ({ _tag }) => _tag })
      answer ??= Effect.runPromise(ordered)
    },
  }
  const children = [worker('a'), worker('b', { failing }), worker('c')]
  const { ref: sup } = await system.spawn(
    supervisor({ id: 'sup', strategy: 'one_for_all', intensity: 9, children }),
  )
  const trace = tracing(system)
  trace()
  failing.starts = 1
  workerRef(sup, 'a').tell({ type: 'crash' })
  await system.until(() => answer !== undefined && !Object.values(states(sup)).includes('restarting'))
  return { answer: await answer, trace: trace(), states: states(sup) }
}

test('a start under the id of the one being restarted finds it present, not started', async () => {
  const it = await halfway(sup => sup.startChild(worker('b')))
  expect(it.answer).toBe('ChildAlreadyPresent')
  expect(it.states).toEqual({ a: 'running', b: 'running', c: 'running' })
})

test('one whose turn did not come can be started by hand; the next attempt takes it along', async () => {
  const it = await halfway(sup => sup.restartChild('c'))
  expect(it.answer).toBe('done')
  expect(it.trace).toEqual(['-a', '-c', '-b', '+a', '+c', '-c', '-a', '+a', '+b', '+c'])
})

test('one whose turn did not come can be deleted, and does not come back', async () => {
  const it = await halfway(sup => sup.deleteChild('c'))
  expect(it.answer).toBe('done')
  expect(it.states).toEqual({ a: 'running', b: 'running' })
})

test('once the one being restarted is terminated, nobody restarts those whose turn did not come', async () => {
  const it = await halfway(sup => sup.terminateChild('b'))
  expect(it.answer).toBe('done')
  expect(it.states).toEqual({ a: 'running', b: 'terminated', c: 'terminated' })
})
