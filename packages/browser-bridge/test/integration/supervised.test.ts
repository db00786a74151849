// A browser and its connection as supervised actors: the tree that a pool builds, with real browsers that are killed,
// pages that are cut off, and work in flight meanwhile.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ActorSystem, type PromiseSystem, supervisor } from '@shoal/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BridgeHost,
  BrowserSlot,
  type BrowserSnapshot,
  browserProcess,
  ConnectionLost,
  type ConnectionSnapshot,
  connection,
  type FoundBrowser,
  type LiveConnection,
} from '../../src/index.ts'
import { isAlive, listProcesses } from '../../src/node/browsers/processTable.ts'
import type { LivePage } from '../../src/node/link/LivePage.ts'
import { installed, titleOf } from '../rig/installed.ts'
import { digit, files, mnist, noModels, one } from '../rig/models.ts'
import { Rig, until } from '../rig/Rig.ts'

const kinds = [
  { name: 'Chromium', browser: installed.find(one => one.kind === 'chromium') },
  { name: 'Firefox', browser: installed.find(one => one.kind === 'firefox') },
]

let profiles = ''
beforeAll(async () => {
  profiles = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
})
afterAll(() => rm(profiles, { recursive: true, force: true }))

/** A pool's tree for one browser with two connections, and a diary of what the listener heard. */
const grow = async (system: PromiseSystem, host: BridgeHost, browser: FoundBrowser) => {
  const slot = new BrowserSlot()
  const live = new Map<string, LiveConnection>()
  const diary: string[] = []
  const listener = {
    up: (page: LiveConnection) => {
      diary.push(`up ${page.id}`)
      live.set(page.id, page)
    },
    down: (id: string, _reason: string) => {
      diary.push(`down ${id}`)
      live.delete(id)
    },
  }
  const connections = ['a', 'b'].map(id => connection({ id, host, slot, listener }))
  await system.spawn(
    supervisor({
      id: 'browser',
      strategy: 'rest_for_one',
      intensity: 5,
      children: [
        browserProcess({ source: browser, slot, launch: { profilesDir: profiles } }),
        supervisor({ id: 'connections', intensity: 5, children: connections }),
      ],
    }),
  )
  await until(() => live.size === 2)
  const state = (id: string): unknown => {
    const path = id === 'process' ? '/browser/process' : `/browser/connections/${id}`
    return system.lookup<never, BrowserSnapshot | ConnectionSnapshot>(path)?.getSnapshot().value
  }
  return { slot, live, diary, state }
}

for (const { name, browser } of kinds)
  describe.skipIf(browser === undefined)(`${titleOf(name, browser)}, supervised`, () => {
    if (browser === undefined) return

    it(`is launched anew after SIGKILL: work in flight may run again, and the new one serves${noModels}`, async ({
      skip,
    }) => {
      if (noModels !== '') skip(noModels)
      await using rig = new Rig()
      const host = await rig.run(BridgeHost.start({ files }))
      let pids: readonly number[] = []
      {
        await using system = await ActorSystem.start({ shutdown: '30 seconds', log: 'off' })
        const { slot, live, diary, state } = await grow(system, host, browser)
        expect([state('process'), state('a'), state('b')]).toEqual(['ready', 'ready', 'ready'])
        const lane = await live.get('a')?.openLane('wasm')
        await lane?.load(mnist)
        const victim = slot.current
        let answers = 0
        /** Always has one in flight, until the first that is not answered. */
        const caller = async (): Promise<unknown> => {
          for (;;) {
            try {
              await lane?.run('mnist', one(), { deadlineMs: 60_000 })
              answers += 1
            } catch (error) {
              return error
            }
          }
        }
        const callers = Array.from({ length: 20 }, caller)
        await until(() => answers > 20)
        process.kill(victim?.pid ?? 0, 'SIGKILL')
        for (const failure of await Promise.all(callers)) {
          expect(failure).toBeInstanceOf(ConnectionLost)
          expect(failure).toMatchObject({ mayRunAgain: true })
        }
        await until(() => live.size === 2 && slot.current !== undefined && slot.current !== victim)
        expect(diary.slice(0, 4).sort()).toEqual(['down a', 'down b', 'up a', 'up b'])
        const again = await live.get('a')?.openLane('wasm')
        await again?.load(mnist)
        const { outputs } = (await again?.run('mnist', one(), { deadlineMs: 60_000 })) ?? {}
        expect(digit(outputs?.[0]?.data)).toBe(1)
        pids = (await slot.current?.tree())?.pids ?? []
        expect(pids.length).toBeGreaterThan(1)
      }
      await until(() => !pids.some(isAlive))
      expect(await readdir(profiles)).toEqual([])
    })

    describe('in one tree', () => {
      // The order of the tests is the order of its life.
      const rig = new Rig()
      let system: PromiseSystem
      let tree: Awaited<ReturnType<typeof grow>>
      beforeAll(async () => {
        const host = await rig.run(BridgeHost.start({ files }))
        system = await ActorSystem.start({ shutdown: '30 seconds', log: 'off' })
        tree = await grow(system, host, browser)
      })
      afterAll(async () => {
        await system?.[Symbol.asyncDispose]()
        await rig[Symbol.asyncDispose]()
      })

      it(`comes back after its socket is cut, with its lanes and their models, beside a sibling that notices nothing${noModels}`, async ({
        skip,
      }) => {
        if (noModels !== '') skip(noModels)
        const { live, diary, state } = tree
        const before = live.get('a') as LivePage
        const lane = await before.openLane('wasm')
        await lane.load(mnist)
        before.link.terminate()
        await until(() => live.get('a') !== undefined && live.get('a') !== before)
        const after = live.get('a') as LivePage
        expect((await lane.lost)._tag).toBe('LaneLost')
        expect(after.lanes.map(kept => ({ id: kept.id, models: [...kept.models] }))).toEqual([
          { id: lane.id, models: ['mnist'] },
        ])
        const { outputs } = (await after.lanes[0]?.run('mnist', one(), { deadlineMs: 60_000 })) ?? {}
        expect(digit(outputs?.[0]?.data)).toBe(1)
        await until(() => state('a') === 'ready')
        expect(diary.filter(entry => entry.endsWith('b'))).toEqual(['up b'])
        const context = system
          .lookup<never, ConnectionSnapshot>('/browser/connections/a')
          ?.getSnapshot().context
        expect(context).toMatchObject({ reconnects: 1, reloads: 0, pings: 0 })
      })

      it.skipIf(browser.kind !== 'chromium' || process.platform !== 'linux')(
        'opens a page anew whose process is killed, in the same browser (Firefox shares processes between pages)',
        async () => {
          const { slot, live, diary } = tree
          diary.length = 0
          const kept = slot.current
          const members = new Set((await kept?.tree())?.pids)
          const renderers = (await listProcesses()).filter(
            info => members.has(info.pid) && info.command.join(' ').includes('--type=renderer'),
          )
          for (const info of renderers) process.kill(info.pid, 'SIGKILL')
          await until(() => diary.filter(entry => entry.startsWith('down')).length === 2 && live.size === 2)
          expect(slot.current).toBe(kept)
          expect((await live.get('b')?.openLane('wasm'))?.backend).toBe('wasm')
        },
      )

      it(`that is drained answers what is in flight, ends normally, and stays away${noModels}`, async ({
        skip,
      }) => {
        if (noModels !== '') skip(noModels)
        const { live, diary, state } = tree
        await until(() => state('a') === 'ready')
        diary.length = 0
        const lane = await live.get('a')?.openLane('wasm')
        await lane?.load(mnist)
        const runs = Array.from({ length: 50 }, () => lane?.run('mnist', one(), { deadlineMs: 60_000 }))
        const a = system.lookup<{ type: 'drain' }>('/browser/connections/a')
        const terminated = new Promise(resolve => a?.watch(resolve))
        a?.tell({ type: 'drain' })
        const answers = await Promise.all(runs)
        expect(new Set(answers.map(answer => digit(answer?.outputs[0]?.data)))).toEqual(new Set([1]))
        expect(await terminated).toMatchObject({ reason: { _tag: 'Normal' } })
        expect(diary.filter(entry => entry.endsWith('a'))).toEqual(['down a'])
        expect(live.get('b')).toBeDefined()
      })
    })
  })
