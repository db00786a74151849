// A page that comes back after its socket dropped, with its lanes still at work on what was asked before: what the
// host makes of their answers. Real sockets; the page says exactly what the test wants.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BridgeHost } from '../../src/index.ts'
import type { LivePage } from '../../src/node/link/LivePage.ts'
import { FakePage, hello, tokenOf } from '../rig/FakePage.ts'
import { Rig } from '../rig/Rig.ts'

const rig = new Rig()
let host: BridgeHost
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  await writeFile(path.join(folder, 'index.html'), '<p>page</p>')
  const bundle = { folder, build: 'b1', runtime: 'runtime/' }
  host = await rig.run(BridgeHost.start({ files: { open: () => undefined }, bundle }))
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const nothing = { input: { kind: 'tensors' }, tensors: [] } as const
const answer = (id: number, computeMs: number) =>
  ({
    t: 'result',
    id,
    timing: { queueMs: 0, preprocessMs: 0, computeMs, postprocessMs: 0 },
    tensors: [],
    inputs: 0,
  }) as const

describe('A page that comes back', () => {
  it('is not believed when it answers a request of its former socket: the new one waits for its own answer', async () => {
    const arrivals: LivePage[] = []
    let arrived = Promise.withResolvers<void>()
    const { url } = host.invite({
      id: 'comes-back',
      onArrival: page => {
        arrivals.push(page)
        arrived.resolve()
      },
    })
    const before = await new FakePage(host.origin).open()
    before.say(hello(tokenOf(url), 'b1'))
    await arrived.promise
    const { connection } = await before.hears('welcome')
    const opening = arrivals[0]?.openLane('wasm', 1)
    const { lane: number } = await before.hears('laneOpen')
    before.say({ t: 'laneOpened', lane: number, backend: 'wasm', threads: 1 })
    const asked = (await opening)?.run('m', nothing, { deadlineMs: 60_000 })
    const { id: formerId } = await before.hears('run')
    before.socket.terminate()
    await expect(asked).rejects.toMatchObject({ _tag: 'ConnectionLost', mayRunAgain: true })

    arrived = Promise.withResolvers<void>()
    const after = await new FakePage(host.origin).open()
    after.say({ ...hello(tokenOf(url), 'b1'), resume: connection })
    await arrived.promise
    const [lane] = arrivals[1]?.lanes ?? []
    const again = lane?.run('m', nothing, { deadlineMs: 60_000 })
    const { id } = await after.hears('run')
    after.say(answer(formerId, 1))
    after.say(answer(id, 2))
    expect(await again).toMatchObject({ timing: { computeMs: 2 } })
    after.socket.terminate()
  })
})
