// A page that is loaded again because its main thread hangs, while its link worker is well and dials by itself: whom
// the connection takes for the new page. Real sockets; the page says exactly what the test wants, and its browser too.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ActorSystem } from '@shoal/core'
import { Deferred, Effect } from 'effect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BridgeHost,
  type Browser,
  BrowserSlot,
  type ConnectionSnapshot,
  connection,
  type PageFailed,
  type PageHandle,
  type Recovery,
} from '../../src/index.ts'
import { FakePage, hello, tokenOf } from '../rig/FakePage.ts'
import { Rig, until } from '../rig/Rig.ts'

const rig = new Rig()
const mainMs = 5_000
let host: BridgeHost
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  await writeFile(path.join(folder, 'index.html'), '<p>page</p>')
  const bundle = { folder, build: 'b1', runtime: 'runtime/' }
  const files = { open: () => undefined }
  host = await rig.run(
    BridgeHost.start({ files, bundle, heartbeat: { beatMs: 100, missedBeats: 50, mainMs } }),
  )
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** A browser whose page is loaded again when the test says so. */
const slowBrowser = () => {
  const opened = Promise.withResolvers<string>()
  const loaded = Deferred.makeUnsafe<void, PageFailed>()
  let reloads = 0
  const page: PageHandle = {
    id: 'page',
    ended: new Promise(() => {}),
    reload: () => {
      reloads += 1
      return Deferred.await(loaded)
    },
    close: () => Effect.void,
  }
  const browser = {
    exited: new Promise(() => {}),
    openPage: (url: string) => {
      opened.resolve(url)
      return Effect.succeed(page)
    },
  } as unknown as Browser
  return { browser, opened: opened.promise, reloads: () => reloads }
}

describe('A page that is loaded again for its hung main thread', () => {
  it('is told not to come back, is sent away when it does, and only the new page mends the fall', async () => {
    const { browser, opened, reloads } = slowBrowser()
    const slot = new BrowserSlot()
    slot.put(browser)
    const diary: string[] = []
    const recoveries: Recovery[] = []
    await using system = await ActorSystem.start({ shutdown: '5 seconds', log: 'off' })
    await system.spawn(
      connection({
        id: 'a',
        host,
        slot,
        listener: {
          up: () => diary.push('up'),
          down: () => diary.push('down'),
          mended: recovery => recoveries.push(recovery),
        },
      }),
    )
    const state = () => system.lookup<never, ConnectionSnapshot>('/a')?.getSnapshot().value
    const token = tokenOf(await opened)
    const before = await new FakePage(host.origin).open()
    before.say(hello(token, 'b1'))
    const { connection: name } = await before.hears('welcome')
    await until(() => state() === 'ready')
    await until(() => {
      before.say({ t: 'beat', mainAgeMs: mainMs + 1 })
      return state() === 'reloading'
    })
    expect(reloads()).toBe(1)
    await before.hears('bye')

    // It did not hear that, and misses its host before its browser has loaded the page again.
    const again = await new FakePage(host.origin).open()
    again.say({ ...hello(token, 'b1'), resume: name })
    await again.hears('bye')
    expect([state(), ...diary]).toEqual(['reloading', 'up', 'down'])

    const after = await new FakePage(host.origin).open()
    after.say(hello(token, 'b1'))
    await after.hears('welcome')
    await until(() => state() === 'ready')
    expect(diary).toEqual(['up', 'down', 'up'])
    expect(recoveries.map(({ rung, why }) => [why, rung])).toEqual([['mainHung', 'reload']])
    after.socket.terminate()
  })
})
