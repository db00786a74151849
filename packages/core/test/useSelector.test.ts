// @xstate/react reads a ref as it reads an XState actor. What it does on changes is shown in a real page
// (integration/page.test.ts); here, that it compiles and what it renders first.

import { useSelector } from '@xstate/react'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, expectTypeOf, test } from 'vitest'
import { child } from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'
import { add, counting } from './counter.ts'

test('useSelector takes a ref, of both faces, and selects from its snapshots', async () => {
  await using system = await startTestSystem()
  const actor = await system.spawn(child({ id: 'a', behavior: counting }))
  actor.tell(add(3))
  await system.settle()
  const Counted = () => {
    const count = useSelector(actor.ref, snapshot => snapshot.context.count)
    const open = useSelector(actor, snapshot => snapshot.matches('open'))
    expectTypeOf(count).toEqualTypeOf<number>()
    return createElement('b', null, `${count} ${open}`)
  }
  expect(renderToString(createElement(Counted))).toBe('<b>3 true</b>')
})
