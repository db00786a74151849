// Beats, hangs and silence over a real socket, with a page that says exactly what the test wants: what the host does
// about a lane that hangs, a link that falls silent, a page that floods.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { NamedTensor } from '@shoal/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BridgeHost, type Lane } from '../../src/index.ts'
import type { LivePage, Trouble } from '../../src/node/link/LivePage.ts'
import { FakePage, hello, tokenOf } from '../rig/FakePage.ts'
import { Rig, until } from '../rig/Rig.ts'

const beatMs = 40
const missedBeats = 8
const rig = new Rig()
let host: BridgeHost
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  await writeFile(path.join(folder, 'index.html'), '<p>page</p>')
  host = await rig.run(
    BridgeHost.start({
      files: { open: () => undefined },
      bundle: { folder, build: 'b1', runtime: 'runtime/' },
      heartbeat: { beatMs, missedBeats, mainMs: 1_000 },
    }),
  )
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const nothing = { input: { kind: 'tensors' }, tensors: [] } as const
const timing = { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 }

/** A page that is in, beats until it is told not to, and has one lane open. */
const arrive = async (id: string) => {
  const arrived = Promise.withResolvers<LivePage>()
  const arrivals: LivePage[] = []
  const page = await new FakePage(host.origin).open()
  const onArrival = (live: LivePage): void => {
    arrivals.push(live)
    arrived.resolve(live)
  }
  const token = tokenOf(host.invite({ id, onArrival }).url)
  page.say(hello(token, 'b1'))
  const live = await arrived.promise
  const opening = live.openLane('wasm', 1)
  const { lane: number } = await page.hears('laneOpen')
  page.say({ t: 'laneOpened', lane: number, backend: 'wasm', threads: 1 })
  const beats = { link: true, lane: true, mainAgeMs: 0, said: 0 }
  const timer = setInterval(() => {
    beats.said += 1
    if (beats.link) page.say({ t: 'beat', mainAgeMs: beats.mainAgeMs })
    if (beats.lane) page.say({ t: 'laneBeat', lane: number })
  }, beatMs)
  void page.closed.then(() => clearInterval(timer))
  const lane: Lane = await opening
  const troubles: Trouble[] = []
  live.onTrouble(trouble => troubles.push(trouble))
  return { page, live, lane, number, beats, troubles, token, arrivals }
}

describe('A lane', () => {
  it('that beats no more while idle is terminated; its page and its siblings stay', async () => {
    const { page, live, lane, number, beats, troubles } = await arrive('idle')
    beats.lane = false
    expect((await lane.lost)._tag).toBe('LaneHung')
    expect(await page.hears('laneClose')).toEqual({ t: 'laneClose', lane: number })
    expect(live.lanes).toEqual([])
    expect([page.socket.readyState, troubles]).toEqual([page.socket.OPEN, []])
    page.socket.terminate()
  })

  it('at work past its deadline, and silent about it, is terminated; what only waited behind may run again', async () => {
    const { page, lane, beats } = await arrive('hung')
    beats.lane = false
    const late = lane.run('m', nothing, { deadlineMs: 200 })
    const behind = lane.run('m', nothing, { deadlineMs: 60_000 })
    page.say({ t: 'begin', id: (await page.hears('run')).id })
    await expect(late).rejects.toMatchObject({ _tag: 'DeadlineExceeded', mayRunAgain: false })
    expect(await page.hears('cancel')).toMatchObject({ t: 'cancel' })
    expect(lane.inFlight).toBe(2)
    await expect(behind).rejects.toMatchObject({
      _tag: 'LaneHung',
      limit: 'deadline',
      mayRunAgain: true,
      begun: false,
    })
    await page.hears('laneClose')
    page.socket.terminate()
  })

  it('at work for long within its deadline is let alone', async () => {
    const { page, lane, beats } = await arrive('busy')
    beats.lane = false
    const run = lane.run('m', nothing, { deadlineMs: 60_000 })
    const { id } = await page.hears('run')
    page.say({ t: 'begin', id })
    // Twice the silence that would end it were it idle.
    const enough = beats.said + 2 * missedBeats
    await until(() => beats.said >= enough)
    page.say({ t: 'result', id, timing, inputs: 0, tensors: [] })
    expect((await run).timing).toEqual(timing)
    page.socket.terminate()
  })

  it('at work still on what a lost socket had asked for is let alone until that ends', async () => {
    const { page, lane, number, token, arrivals } = await arrive('resumed')
    const lost = expect(lane.run('m', nothing, { deadlineMs: 60_000 })).rejects.toMatchObject({
      _tag: 'ConnectionLost',
    })
    const { id } = await page.hears('run')
    const { connection } = await page.hears('welcome')
    page.socket.terminate()
    await lost
    const again = await new FakePage(host.origin).open()
    again.say({ ...hello(token, 'b1'), resume: connection })
    await again.hears('welcome')
    again.say({ t: 'laneOpened', lane: number, backend: 'wasm', threads: 1 })
    again.say({ t: 'begin', id })
    let said = 0
    const timer = setInterval(() => {
      said += 1
      again.say({ t: 'beat', mainAgeMs: 0 })
    }, beatMs)
    await until(() => said >= 3 * missedBeats)
    expect(again.heard.filter(({ t }) => t === 'laneClose')).toEqual([])
    again.say({ t: 'result', id, timing, inputs: 0, tensors: [] })
    await until(() => arrivals[1]?.stray.late === 1)
    // From then on it is idle, and must beat.
    expect(await again.hears('laneClose')).toEqual({ t: 'laneClose', lane: number })
    clearInterval(timer)
    again.socket.terminate()
  })

  it('that its page reports dead takes its work along, typed', async () => {
    const { page, lane, number } = await arrive('dead')
    const run = lane.run('m', nothing, { deadlineMs: 60_000 })
    page.say({ t: 'laneFailed', lane: number, error: { code: 'OutOfMemory', message: 'no room' } })
    await expect(run).rejects.toMatchObject({
      _tag: 'LaneLost',
      reason: 'no room',
      mayRunAgain: true,
      begun: true,
    })
    page.socket.terminate()
  })

  it('that does not open says why', async () => {
    const { page, live } = await arrive('unopened')
    const opening = live.openLane('webgpu')
    const { lane } = await page.hears('laneOpen', 2)
    const causes = [{ name: 'OperationError', message: 'the driver refused' }]
    page.say({ t: 'laneFailed', lane, error: { code: 'BackendUnavailable', message: 'no adapter', causes } })
    await expect(opening).rejects.toMatchObject({
      _tag: 'LaneOpenFailed',
      code: 'BackendUnavailable',
      cause: { message: 'no adapter', cause: { name: 'OperationError', message: 'the driver refused' } },
    })
    page.socket.terminate()
  })
})

describe('A link', () => {
  it('that falls silent is reported, and so is that it speaks again', async () => {
    const { page, live, beats, troubles } = await arrive('silent')
    beats.link = false
    beats.lane = false
    await until(() => troubles.some(({ _tag }) => _tag === 'LinkSilent'))
    // The protocol's own pong proves nothing, and still comes.
    await live.link.ping()
    beats.link = true
    beats.lane = true
    await until(() => troubles.at(-1)?._tag === 'LinkHeard')
    expect(live.lanes).toHaveLength(1)
    page.socket.terminate()
  })

  it('whose page’s main thread hangs is reported, while its lanes work on', async () => {
    const { page, lane, beats, troubles } = await arrive('main')
    beats.mainAgeMs = 1_500
    await until(() => troubles.some(({ _tag }) => _tag === 'MainHung'))
    expect(lane.inFlight).toBe(0)
    page.socket.terminate()
  })

  it('carries tensors whole both ways, of a few bytes and of megabytes, each byte copied once at most on its way in', async () => {
    const { page, live, lane } = await arrive('tensors')
    for (const length of [0, 1, 3, 20_000, 1_000_000]) {
      const data = Float32Array.from({ length }, (_, at) => at / 7)
      const tensor: NamedTensor = { name: 'x', dtype: 'float32', dims: [length], data }
      const nth = page.heard.filter(({ t }) => t === 'run').length + 1
      const run = lane.run('m', { input: { kind: 'tensors' }, tensors: [tensor] }, { deadlineMs: 60_000 })
      const { id, tensors } = await page.hears('run', nth)
      page.say({ t: 'result', id, timing, inputs: 0, tensors })
      expect((await run).outputs[0]?.data).toEqual(data)
    }
    const { bytesIn, copiedBytes } = live.link.traffic
    expect(bytesIn).toBeGreaterThan(4 * (1 + 3 + 20_000 + 1_000_000))
    expect(copiedBytes).toBeLessThanOrEqual(bytesIn)
    page.socket.terminate()
  })

  it('refuses what is beyond the limits before it is sent, and goes on', async () => {
    const { page, lane } = await arrive('large')
    const tensors = Array.from({ length: 1_025 }, (_, at): NamedTensor => {
      return { name: `x${at}`, dtype: 'uint8', dims: [1], data: new Uint8Array(1) }
    })
    const run = lane.run('m', { input: { kind: 'tensors' }, tensors }, { deadlineMs: 60_000 })
    await expect(run).rejects.toMatchObject({ _tag: 'RequestRefused', mayRunAgain: false })
    expect([lane.inFlight, page.socket.readyState]).toEqual([0, page.socket.OPEN])
    page.socket.terminate()
  })
})
