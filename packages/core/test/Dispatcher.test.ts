// Who is run when: what one actor does must not keep the others from their turn.

import { expect, test } from 'vitest'
import { Dispatcher } from '../src/Dispatcher.ts'

test('goes on with the others when one breaks its word and throws, and lets the host hear of it', async () => {
  const dispatcher = new Dispatcher()
  const broken = new Error('it was never to throw')
  const heard = new Promise(resolve => process.once('unhandledRejection', resolve))
  const ran: string[] = []
  const good = (name: string) => ({
    run: () => {
      ran.push(name)
      return 0
    },
  })
  dispatcher.schedule({
    run: () => {
      throw broken
    },
  })
  dispatcher.schedule(good('after it'))
  expect(await heard).toBe(broken)
  expect(ran).toEqual(['after it'])
  dispatcher.schedule(good('later'))
  await Promise.resolve()
  await Promise.resolve()
  expect(ran).toEqual(['after it', 'later'])
  expect(dispatcher.idle).toBe(true)
})
