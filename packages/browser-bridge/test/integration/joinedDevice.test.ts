// A device that joined as a supervised actor, over real sockets and with a page that the test plays: what its listener
// hears as it rests, falls silent, is away, comes back and leaves, and what becomes of the work that it had.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ActorSystem, dynamicSupervisor, type PromiseSystem } from '@shoal/core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  BridgeHost,
  type DeviceLimits,
  type Door,
  joinedDevice,
  type Lane,
  type LiveConnection,
  type PageBundle,
} from '../../src/index.ts'
import { FakePage, hello, joinTokenOf } from '../rig/FakePage.ts'
import { Rig, until } from '../rig/Rig.ts'

const build = 'b1'
const secret = 'phone'.padEnd(32, '-')
const handheld = { t: 'notes', handheld: true } as const

let bundle: PageBundle
beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  await writeFile(path.join(folder, 'index.html'), '<p>page</p>')
  await mkdir(path.join(folder, 'runtime'))
  bundle = { folder, build, runtime: 'runtime/' }
})
afterAll(() => rm(bundle.folder, { recursive: true, force: true }))

let rig: Rig
let system: PromiseSystem
let door: Door
let diary: string[]
let live: LiveConnection | undefined
let idle: PromiseWithResolvers<void>

/** A door whose devices are actors, as in a pool. */
const grow = async (limits: Partial<DeviceLimits> = {}) => {
  const host = await rig.run(
    BridgeHost.start({
      files: { open: () => undefined },
      bundle,
      heartbeat: { beatMs: 100, missedBeats: 4 },
    }),
  )
  const devices = await system.spawn(dynamicSupervisor({ id: 'devices' }))
  door = await rig.run(
    host.openDoor({
      onDevice: device => {
        diary.push(`new ${device.id}`)
        const listener = {
          up: (connection: LiveConnection) => {
            diary.push(`up ${connection.id}`)
            live = connection
          },
          down: (id: string) => diary.push(`down ${id}`),
          resume: (connection: LiveConnection) => diary.push(`resume ${connection.id}`),
          drain: () => idle.promise,
        }
        void devices.startChild(joinedDevice({ device, listener, limits }))
      },
    }),
  )
}

beforeEach(async () => {
  rig = new Rig()
  system = await ActorSystem.start({ log: 'off' })
  diary = []
  live = undefined
  idle = Promise.withResolvers()
})
afterEach(async () => {
  await system.stop()
  await rig[Symbol.asyncDispose]()
})

const come = async (more: Parameters<typeof hello>[2] = {}): Promise<FakePage> => {
  const page = await new FakePage(door.origin, { path: '/join' }).open()
  page.say(hello(joinTokenOf(door.address().url), build, { device: secret, ...more }))
  await page.hears('welcome')
  return page
}

/** A lane of the device that is up, with a request in flight on it. */
const atWork = async (page: FakePage): Promise<{ lane: Lane; run: Promise<unknown> }> => {
  await until(() => live !== undefined)
  const opening = live?.openLane('wasm', 1)
  page.say({ t: 'laneOpened', lane: (await page.hears('laneOpen')).lane, backend: 'wasm', threads: 1 })
  const lane = await opening
  if (lane === undefined) throw new Error('no lane')
  const run = lane.run('m', { input: { kind: 'tensors' }, tensors: [] }, { deadlineMs: 60_000 })
  run.catch(() => {})
  await page.hears('run')
  return { lane, run }
}

const says = (...lines: string[]) =>
  until(() => diary.length >= lines.length).then(() => expect(diary).toEqual(lines))

describe('A device that joined', () => {
  it('rests when its page is turned away, its work taken back in time, and works when it is seen again', async () => {
    await grow({ drainMs: 200 })
    const page = await come()
    const { run } = await atWork(page)
    page.say({ ...handheld, visibility: 'hidden' })
    await expect(run).rejects.toMatchObject({ _tag: 'LaneLost', mayRunAgain: true })
    await says('new device-1', 'up device-1', 'down device-1')
    page.say({ ...handheld, visibility: 'visible' })
    await says('new device-1', 'up device-1', 'down device-1', 'up device-1')
  })

  it('goes on with what it has when it is seen again before it rests', async () => {
    await grow({ drainMs: 60_000 })
    const page = await come()
    const { run } = await atWork(page)
    page.say({ ...handheld, visibility: 'hidden' })
    page.say({ ...handheld, visibility: 'visible' })
    await says('new device-1', 'up device-1', 'resume device-1')
    const { id } = await page.hears('run')
    const timing = { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 }
    page.say({ t: 'result', id, timing, inputs: 0, tensors: [] })
    await run
    expect(diary).toEqual(['new device-1', 'up device-1', 'resume device-1'])
  })

  it('may end what it has before it rests', async () => {
    await grow({ drainMs: 60_000 })
    const page = await come()
    const { run } = await atWork(page)
    page.say({ ...handheld, visibility: 'hidden' })
    const { id } = await page.hears('run')
    const timing = { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 }
    page.say({ t: 'result', id, timing, inputs: 0, tensors: [] })
    await run
    idle.resolve()
    await says('new device-1', 'up device-1', 'down device-1')
  })

  it('that falls silent is away with its work taken back; it comes back as itself, its lanes as they were', async () => {
    await grow()
    const page = await come()
    const beating = setInterval(() => page.say({ t: 'beat', mainAgeMs: 0 }), 100)
    const { run, lane } = await atWork(page)
    clearInterval(beating)
    await expect(run).rejects.toMatchObject({ _tag: 'ConnectionLost', mayRunAgain: true })
    await page.closed
    await says('new device-1', 'up device-1', 'down device-1')
    const { connection } = await page.hears('welcome')
    const again = await come({ resume: connection, token: '' })
    expect((await again.hears('welcome')).connection).toBe(connection)
    await says('new device-1', 'up device-1', 'down device-1', 'up device-1')
    expect(live?.lanes.map(({ id }) => id)).toEqual([lane.id])
  })

  it('that is away for too long is given up, and is itself when it comes after all', async () => {
    await grow({ awayMs: 50 })
    const page = await come()
    await until(() => diary.includes('up device-1'))
    page.socket.terminate()
    await until(() => system.lookup('/devices/device-1') === undefined)
    expect(diary).toEqual(['new device-1', 'up device-1', 'down device-1'])
    await come({ token: '' })
    await says('new device-1', 'up device-1', 'down device-1', 'new device-1', 'up device-1')
  })

  it('that leaves is given nothing more, ends what it has, and is sent home', async () => {
    await grow({ drainMs: 60_000 })
    const page = await come()
    await atWork(page)
    page.say({ t: 'leave' })
    const { id } = await page.hears('run')
    page.say({ t: 'failed', id, error: { code: 'Cancelled', message: 'left' }, retryable: true })
    expect(page.heard.some(({ t }) => t === 'bye')).toBe(false)
    idle.resolve()
    expect((await page.hears('bye')).reason).toBe('it left')
    expect(await page.closed).toBe(1000)
    await until(() => system.lookup('/devices/device-1') === undefined)
    expect(diary).toEqual(['new device-1', 'up device-1', 'down device-1'])
  })

  it('is sent home when the host goes', async () => {
    await grow()
    const page = await come()
    await until(() => diary.includes('up device-1'))
    await system.stop()
    expect((await page.hears('bye')).reason).toBe('the host is closing')
  })
})
