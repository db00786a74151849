// What a lane refuses before it asks its page.
import { expect, it } from 'vitest'
import { PageLane, type RunOptions } from '../../../src/node/link/Lane.ts'
import { Requests } from '../../../src/node/link/Requests.ts'
import type { HostMessage } from '../../../src/protocol/messages.ts'

it.each<[string, readonly string[]]>([
  ['twice', ['y', 'z', 'y']],
  ['by two names that are shown alike', ['bell\u0007', 'bell\ufffd']],
])('a run that asks for an output %s is refused, and the page never hears of it', async (_how, outputs) => {
  const sent: HostMessage[] = []
  const requests = new Requests('c', message => sent.push(message))
  const report = { backend: 'wasm', threads: 1 } as const
  const lane = new PageLane('c', 1, report, requests, () => {}, 'joined')
  const options: RunOptions = { deadlineMs: 60_000, outputs }
  const request = { input: { kind: 'tensors' }, tensors: [] } as const
  const refused = { _tag: 'RequestRefused', code: 'MessageInvalid', mayRunAgain: false }
  await expect(lane.run('m', request, options)).rejects.toMatchObject(refused)
  await expect(lane.stream('m', request, options).result).rejects.toMatchObject(refused)
  expect([sent, lane.inFlight]).toEqual([[], 0])
})
