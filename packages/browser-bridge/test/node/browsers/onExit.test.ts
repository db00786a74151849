// Who hears of a browser's end, and who has left by then.
import { expect, it } from 'vitest'
import type { ExitDetail } from '../../../src/node/browsers/Browser.ts'
import { onExit } from '../../../src/node/browsers/onExit.ts'

const turn = () => new Promise(done => setImmediate(done))
const crash: ExitDetail = { reason: 'crashed', detail: 'pid 7 ended' }

const start = () => {
  const { promise, resolve } = Promise.withResolvers<ExitDetail>()
  const heard: string[] = []
  const listen = (name: string) => onExit(promise, ({ detail }) => heard.push(`${name}: ${detail}`))
  return { listen, heard, exit: () => resolve(crash) }
}

it('tells everybody who listens, once, and nobody who has left', async () => {
  const { listen, heard, exit } = start()
  listen('a')
  const leave = listen('b')
  listen('c')
  leave()
  exit()
  await turn()
  expect(heard).toEqual(['a: pid 7 ended', 'c: pid 7 ended'])
})

it('tells who comes after the end in a turn of its own, unless it has left by then', async () => {
  const { listen, heard, exit } = start()
  listen('a')
  exit()
  await turn()
  listen('late')
  listen('gone')()
  expect(heard).toEqual(['a: pid 7 ended'])
  await turn()
  expect(heard).toEqual(['a: pid 7 ended', 'late: pid 7 ended'])
})

it('tells who comes between the end and its news with the others', async () => {
  const { listen, heard, exit } = start()
  exit()
  listen('a')
  await turn()
  expect(heard).toEqual(['a: pid 7 ended'])
})
