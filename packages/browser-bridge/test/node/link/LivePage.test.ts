// What a page that dialled back is judged by, with the time in hand and a link that says what the test says.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Lane } from '../../../src/index.ts'
import type { Link, LinkEnd } from '../../../src/node/link/Link.ts'
import { LivePage } from '../../../src/node/link/LivePage.ts'
import type { HostMessage, LaneOpened, ModelManifest, PageMessage } from '../../../src/protocol/messages.ts'
import { hello } from '../../rig/FakePage.ts'

const beatMs = 1_000
const limits = { beatMs, missedBeats: 6, mainMs: 20_000, hungFactor: 8 }
const model = (key: string): ModelManifest => ({
  key,
  name: key,
  kind: 'graph',
  root: `${key}/`,
  graphFile: 'm.onnx',
  dtype: 'fp32',
  files: [],
})

/** A link whose outbox keeps what the test says that it keeps. */
class ToldLink {
  readonly sent: HostMessage[] = []
  readonly closed = new Promise<LinkEnd>(() => {})
  readonly unsent = new Set<number>()
  say: (message: PageMessage) => void = () => {}
  onMessage(receive: (message: PageMessage) => void): void {
    this.say = receive
  }
  send(message: HostMessage): void {
    this.sent.push(message)
  }
  withdraw(_lane: number, id: number): boolean {
    return this.unsent.delete(id)
  }
  readonly refused: unknown[] = []
  refuse(error: { readonly code?: unknown }): void {
    this.refused.push(error.code)
  }
}

let link: ToldLink
let page: LivePage
let lane: Lane
beforeEach(async () => {
  vi.useFakeTimers()
  link = new ToldLink()
  page = new LivePage('c', 'w', hello('t', 'b'), link as unknown as Link, limits)
  const opening = page.openLane('wasm', 1)
  link.say({ t: 'laneOpened', lane: 1, backend: 'wasm', threads: 1 })
  lane = await opening
})
afterEach(() => {
  page.end('the test is over')
  vi.useRealTimers()
})

/** Its link worker lives; the lane says nothing. */
const pass = async (ms: number): Promise<void> => {
  for (let at = 0; at < ms; at += beatMs) {
    link.say({ t: 'beat', mainAgeMs: 0 })
    await vi.advanceTimersByTimeAsync(beatMs)
  }
}

const lostOf = async (lane: Lane): Promise<unknown> => {
  let lost: unknown
  void lane.lost.then(end => {
    lost = end
  })
  await vi.advanceTimersByTimeAsync(0)
  return lost
}

it('takes a lane that neither beats nor works for dead', async () => {
  await pass(8_000)
  expect(await lostOf(lane)).toMatchObject({ _tag: 'LaneHung', limit: 'beats', limitMs: 6 * beatMs })
})

it('knows a lane at its load when the load before it was taken back unsent', async () => {
  const given = new AbortController()
  const first = lane.load(model('a'), { signal: given.signal })
  const second = lane.load(model('b'))
  const [load] = link.sent.flatMap(message => (message.t === 'load' ? [message] : []))
  link.unsent.add(load?.id ?? 0)
  given.abort()
  await expect(first).rejects.toMatchObject({ _tag: 'RequestCancelled' })
  await pass(20_000)
  expect(await lostOf(lane)).toBeUndefined()
  link.say({
    t: 'loaded',
    id: (load?.id ?? 0) + 1,
    timing: { queueMs: 0, fetchMs: 0, createMs: 0 },
    inputs: [],
    outputs: [],
  })
  await expect(second).resolves.toMatchObject({ inputs: [] })
})

it('expects beats of a lane whose only load was taken back unsent', async () => {
  const given = new AbortController()
  const loading = lane.load(model('a'), { signal: given.signal })
  const [load] = link.sent.flatMap(message => (message.t === 'load' ? [message] : []))
  link.unsent.add(load?.id ?? 0)
  given.abort()
  await expect(loading).rejects.toMatchObject({ _tag: 'RequestCancelled' })
  expect(lane.inFlight).toBe(0)
  await pass(4_000)
  expect(await lostOf(lane)).toBeUndefined()
  for (let beat = 0; beat < 10; beat++) {
    link.say({ t: 'laneBeat', lane: 1 })
    await pass(beatMs)
  }
  expect(await lostOf(lane)).toBeUndefined()
  await pass(8_000)
  expect(await lostOf(lane)).toMatchObject({ _tag: 'LaneHung' })
})

it('ends a lane that the page says is not open there, with all that is on it', async () => {
  const ask = () => lane.run('m', { input: { kind: 'tensors' }, tensors: [] }, { deadlineMs: 60_000 })
  const asked = [ask(), ask()]
  const ends = Promise.all(
    ['RemoteFailed', 'LaneLost'].map((_tag, at) =>
      expect(asked[at]).rejects.toMatchObject({ _tag, code: 'LaneGone', mayRunAgain: true }),
    ),
  )
  const [run] = link.sent.flatMap(message => (message.t === 'run' ? [message] : []))
  const error = { code: 'LaneGone', message: 'not open here' } as const
  link.say({ t: 'failed', id: run?.id ?? 0, error, retryable: true })
  await ends
  expect(page.lanes).toEqual([])
  expect(await lostOf(lane)).toMatchObject({ _tag: 'LaneLost', code: 'LaneGone' })
})

it('hears by its answers that a lane lives whose runs are too short to be said to have begun', async () => {
  for (let second = 0; second < 20; second++) {
    const ran = lane.run('m', { input: { kind: 'tensors' }, tensors: [] }, { deadlineMs: 60_000 })
    const id = link.sent.flatMap(message => (message.t === 'run' ? message.id : [])).at(-1) ?? 0
    const timing = { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 }
    link.say({ t: 'result', id, timing, inputs: 0, tensors: [] })
    await ran
    await pass(beatMs)
  }
  expect(await lostOf(lane)).toBeUndefined()
})

it('gives up a lane that is not opened in two minutes, and closes one that opens after that', async () => {
  const opening = page.openLane('wasm', 1)
  const failed = expect(opening).rejects.toMatchObject({ _tag: 'LaneOpenFailed', code: 'LaneGone' })
  await vi.advanceTimersByTimeAsync(120_010)
  await failed
  const closed = () => link.sent.filter(message => message.t === 'laneClose' && message.lane === 2).length
  expect(closed()).toBe(1)
  link.say({ t: 'laneOpened', lane: 2, backend: 'wasm', threads: 1 })
  expect(closed()).toBe(2)
  expect(page.lanes).not.toContainEqual(expect.objectContaining({ number: 2 }))
})

describe('A lane that a page says is open', () => {
  const opened = { t: 'laneOpened', backend: 'wasm', threads: 1 } as const
  const come = (trust: 'own' | 'joined') => {
    const link = new ToldLink()
    return { link, page: new LivePage('d', 'v', hello('t', 'b'), link as unknown as Link, limits, trust) }
  }

  it.each<[string, Partial<LaneOpened>]>([
    ['of another back-end', { backend: 'webgpu' }],
    ['of more threads', { threads: 3 }],
  ])('%s than was asked for is not taken; a device is shut out', async (_what, more) => {
    for (const trust of ['own', 'joined'] as const) {
      const { link, page } = come(trust)
      const opening = page.openLane('wasm', 2)
      const failed = expect(opening).rejects.toMatchObject({ _tag: 'LaneOpenFailed', backend: 'wasm' })
      link.say({ ...opened, lane: 1, ...more })
      await failed
      expect(link.refused).toEqual(trust === 'joined' ? ['AnswerBeyondAgreed'] : [])
      expect([page.lanes, link.sent.at(-1)]).toEqual([[], { t: 'laneClose', lane: 1 }])
      page.end('the test is over')
    }
  })

  it('of a device, that was never asked for, shuts it out', () => {
    const { link, page } = come('joined')
    link.say({ ...opened, lane: 1 })
    expect(link.refused).toEqual(['AnswerUnasked'])
    page.end('the test is over')
  })

  it('again and again is told to close, and a device is not told so for ever', async () => {
    const { link, page } = come('joined')
    const opening = page.openLane('wasm', 1)
    link.say({ ...opened, lane: 1 })
    const lane = await opening
    lane.close()
    const closes = () => link.sent.filter(({ t }) => t === 'laneClose').length
    for (let n = 0; n < 1_000; n++) link.say({ ...opened, lane: 1 })
    expect([closes(), link.refused]).toEqual([1_001, []])
    link.say({ ...opened, lane: 1 })
    expect(link.refused).toEqual(['AnswerRepeated'])
    page.end('the test is over')
  })
})

it('ends the lanes that it waits for with its connection', async () => {
  const opening = page.openLane('wasm', 1)
  page.end('gone')
  await expect(opening).rejects.toMatchObject({ _tag: 'ConnectionLost', reason: 'gone' })
  expect(vi.getTimerCount()).toBe(0)
})

it('may go on fetching, after it came back on another socket, what it was told to load on the former', async () => {
  const loading = lane.load(model('a'))
  loading.catch(() => {})
  page.end('its socket closed')
  const again = new LivePage('c', 'w', hello('t', 'b'), new ToldLink() as unknown as Link, limits)
  again.adopt(page)
  expect([again.mayFetch('a/'), again.mayFetch('b/')]).toEqual([true, false])
  again.end('the test is over')
})

it('is held on another socket to what its models said on the former that they answer', async () => {
  const joined = (told: ToldLink) =>
    new LivePage('d', 'w', hello('t', 'b'), told as unknown as Link, limits, 'joined')
  const former = joined(link)
  const opening = former.openLane('wasm', 1)
  link.say({ t: 'laneOpened', lane: 1, backend: 'wasm', threads: 1 })
  const loading = (await opening).load(model('a'))
  link.say({
    t: 'loaded',
    id: 1,
    timing: { queueMs: 0, fetchMs: 0, createMs: 0 },
    inputs: [],
    outputs: [{ name: 'y', dtype: 'float32', dims: [1] }],
  })
  await loading
  former.end('its socket closed')
  const told = new ToldLink()
  const again = joined(told)
  again.adopt(former)
  const [kept] = again.lanes
  expect([...(kept?.models ?? [])]).toEqual(['a'])
  const ran = kept?.run('a', { input: { kind: 'tensors' }, tensors: [] }, { deadlineMs: 60_000 })
  const refused = expect(ran).rejects.toMatchObject({ _tag: 'ConnectionLost' })
  const id = told.sent.flatMap(message => (message.t === 'run' ? message.id : [])).at(-1) ?? 0
  const timing = { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 }
  const wrong = { name: 'z', dtype: 'float32', dims: [1], data: new Float32Array(1) } as const
  told.say({ t: 'result', id, timing, inputs: 0, tensors: [wrong] })
  await refused
  expect(await again.lost).toContain('z')
})
