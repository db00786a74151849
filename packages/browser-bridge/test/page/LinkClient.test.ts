// The page's side of its connection with the time in hand: whom it dials when, and what it says there.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FromLink, StartLink } from '../../src/page/innerMessages.ts'
import { LaneChannel } from '../../src/page/LaneChannel.ts'
import { LinkClient } from '../../src/page/LinkClient.ts'
import { lanePacking } from '../../src/page/laneEntries.ts'
import { decodeHostFrame } from '../../src/protocol/codec.ts'
import {
  defaultLimits,
  type HostMessage,
  type RefusalCode,
  type Welcome,
} from '../../src/protocol/messages.ts'
import { hello } from '../rig/FakePage.ts'
import { ToldWire } from './ToldWire.ts'

const beatMs = 1_000
const { browser, capabilities } = hello('t', 'b')
const welcome: Welcome = {
  t: 'welcome',
  protocol: 1,
  build: 'b',
  connection: 'c7',
  beatMs,
  hostBeats: true,
  filesBase: '/files/',
  runtimeBase: '/runtime/',
  limits: defaultLimits,
}
const device = { name: 'phone' }
const run = (id: number, lane: number): HostMessage => ({
  t: 'run',
  id,
  lane,
  model: 'm',
  input: { kind: 'tensors' },
  deadlineMs: 1_000,
  tensors: [],
})

let wires: ToldWire[]
let posted: FromLink[]
let asked: { answered(): void; over(): void }[]
beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0)
  wires = []
  posted = []
  asked = []
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const client = (more: Partial<StartLink> = {}) => {
  const made = new LinkClient({
    start: { kind: 'start', socketUrl: 'ws://host/link', token: 't', build: 'b', ...more },
    browser,
    capabilities,
    post: message => posted.push(message),
    dial: (_url, events) => {
      const wire = new ToldWire(events)
      wires.push(wire)
      return wire
    },
    ask: (_url, _graceMs, answer) => asked.push(answer),
    origin: 'http://host',
  })
  made.connect()
  return made
}
const last = (): ToldWire => wires.at(-1) as ToldWire
const connect = (more: Partial<Welcome> = {}): ToldWire => {
  last().events.opened()
  last().host({ ...welcome, ...more })
  return last()
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const phase = async (): Promise<string | undefined> => {
  await pass(250)
  return posted.flatMap(message => (message.kind === 'status' ? [message.status.phase] : [])).at(-1)
}

describe('A link', () => {
  it('says hello first, and beats once it is welcome, asking its main thread each time', async () => {
    client()
    last().events.opened()
    expect(last().said).toEqual([hello('t', 'b', { protocol: expect.any(Number) as number })])
    await pass(3 * beatMs)
    expect(last().kinds).toEqual(['hello'])
    last().host(welcome)
    expect(last().admitted).toBe(defaultLimits.maxFrameBytes)
    await pass(2 * beatMs)
    expect(last().kinds).toEqual(['hello', 'beat', 'beat', 'beat'])
    expect(posted.filter(({ kind }) => kind === 'ping')).toHaveLength(3)
    expect(await phase()).toBe('connected')
  })

  it('comes back under its name when the socket closes: later each time, until it is welcome', async () => {
    client()
    connect().events.closed(1006)
    for (const waitMs of [250, 500, 1_000]) {
      const before = wires.length
      await pass(waitMs - 1)
      expect(wires).toHaveLength(before)
      await pass(1)
      expect(wires).toHaveLength(before + 1)
      last().events.opened()
      expect(last().said[0]).toMatchObject({ t: 'hello', resume: 'c7' })
      last().events.closed(1006)
    }
    await pass(2_000)
    connect().events.closed(1006)
    await pass(250)
    expect(wires).toHaveLength(6)
  })

  it('gives up a socket over which no host answers', async () => {
    client()
    last().events.opened()
    await pass(30_000)
    expect(last().closings).toEqual([4000])
    await pass(250)
    expect(wires).toHaveLength(2)
  })

  it('does nothing that comes over a socket that it gave up', async () => {
    client()
    const first = last()
    first.events.opened()
    await pass(30_250)
    expect(wires).toHaveLength(2)
    first.host(welcome)
    first.events.closed(4000)
    await pass(5 * beatMs)
    expect(wires).toHaveLength(2)
    expect(first.kinds).toEqual(['hello'])
  })

  it('gives up a socket whose frames are none, and one that says more than one welcome', async () => {
    client()
    connect().events.came(new ArrayBuffer(2))
    await pass(250)
    connect().host(welcome)
    await pass(250)
    expect(wires.map(({ closings }) => closings)).toEqual([[4000], [4000], []])
  })

  it('asks on another socket after a silent host, and dials again where that is answered', async () => {
    client()
    connect()
    await pass(9 * beatMs)
    expect(asked).toHaveLength(1)
    asked[0]?.over()
    await pass(beatMs)
    expect(asked).toHaveLength(2)
    expect(wires).toHaveLength(1)
    asked[1]?.answered()
    expect(last().closings).toEqual([4000])
    await pass(0)
    expect(wires).toHaveLength(2)
  })

  it('ends with a bye, and does not come back', async () => {
    client()
    connect().host({ t: 'bye', reason: 'done' })
    expect(last().closings).toEqual([1000])
    await pass(60_000)
    expect(wires).toHaveLength(1)
    expect(await phase()).toBe('ended')
  })
})

describe('A refusal', () => {
  const refused = (code: RefusalCode): void =>
    last().host({ t: 'refused', code, message: 'no', advice: 'do' })

  it.each([['TokenInvalid'], ['ProtocolMismatch']] as const)('%s ends it', async code => {
    client()
    last().events.opened()
    refused(code)
    await pass(60_000)
    expect(wires).toHaveLength(1)
    expect(await phase()).toBe('refused')
  })

  it('of another build has the page loaded again', async () => {
    client()
    last().events.opened()
    refused('BuildMismatch')
    expect(posted.map(({ kind }) => kind)).toContain('staleBuild')
  })

  it('for want of room brings it back, slowly', async () => {
    client()
    last().events.opened()
    refused('TooManyConnections')
    await pass(14_999)
    expect(wires).toHaveLength(1)
    await pass(1)
    expect(wires).toHaveLength(2)
  })

  it('of a frame brings it back as somebody new', async () => {
    client()
    connect()
    refused('FrameRefused')
    await pass(250)
    last().events.opened()
    expect(last().said[0]).not.toHaveProperty('resume')
  })
})

describe('Its lanes', () => {
  const spawned = () => posted.filter(({ kind }) => kind === 'spawn').length

  it('are started when asked for, ended when asked for, and answered for where there are none', () => {
    client()
    const wire = connect()
    wire.host(run(1, 4))
    expect(wire.said.at(-1)).toMatchObject({ t: 'failed', id: 1, error: { code: 'LaneGone' } })
    expect(wire.places.at(-1), 'behind what the lane itself has said').toEqual({ lane: 4 })
    wire.host({ t: 'laneOpen', lane: 4, backend: 'wasm', threads: 1 })
    expect(spawned()).toBe(1)
    const { length } = wire.said
    wire.host(run(2, 4))
    expect(wire.said).toHaveLength(length)
    wire.host({ t: 'laneClose', lane: 4 })
    expect(wire.said.at(-1)).toEqual({ t: 'laneClosed', lane: 4 })
    expect(posted.at(-1)).toEqual({ kind: 'terminate', worker: 1 })
  })

  it('hear of a cancel also where their answer is taken back: a load that was answered left its model there', async () => {
    client()
    const wire = connect()
    wire.host({ t: 'laneOpen', lane: 4, backend: 'wasm', threads: 1 })
    const [port] = posted.flatMap(message => (message.kind === 'spawn' ? message.port : []))
    if (port === undefined) throw new Error('no lane was started')
    vi.useRealTimers()
    const heard: string[] = []
    const lane = new LaneChannel(port, lanePacking, {
      receive: message => {
        if (message instanceof ArrayBuffer) heard.push(decodeHostFrame(new Uint8Array(message)).t)
      },
      broke: reason => heard.push(reason),
    })
    wire.takesBack = true
    wire.host({ t: 'cancel', id: 1, lane: 4 })
    expect(wire.said.at(-1)).toMatchObject({ t: 'failed', id: 1, error: { code: 'Cancelled' } })
    await vi.waitFor(() => expect(heard).toEqual(['cancel']))
    lane.close()
  })

  it('live on where it comes back as itself, and end where it does not', async () => {
    client()
    connect().host({ t: 'laneOpen', lane: 4, backend: 'wasm', threads: 1 })
    last().events.closed(1006)
    await pass(250)
    connect()
    expect(posted.filter(({ kind }) => kind === 'terminate')).toEqual([])
    last().events.closed(1006)
    await pass(250)
    connect({ connection: 'c8' })
    expect(posted.filter(({ kind }) => kind === 'terminate')).toHaveLength(1)
  })

  it('that ended while there was no socket are said, with why, when it comes back as itself; once', async () => {
    const link = client()
    const first = connect()
    for (const lane of [4, 5]) first.host({ t: 'laneOpen', lane, backend: 'wasm', threads: 1 })
    first.events.closed(1006)
    link.laneBroke(1, 'its GPU went')
    await pass(250)
    const gone = { t: 'laneFailed', lane: 4, error: { code: 'LaneGone' } }
    expect(connect().said.filter(({ t }) => t === 'laneFailed')).toMatchObject([gone])
    last().events.closed(1006)
    await pass(250)
    expect(connect().kinds).not.toContain('laneFailed')
  })

  it('that ended over a socket which may have carried nothing are said again over the next', async () => {
    const link = client()
    const first = connect()
    first.host({ t: 'laneOpen', lane: 4, backend: 'wasm', threads: 1 })
    link.laneBroke(1, 'it threw')
    expect(first.kinds).toContain('laneFailed')
    first.events.closed(1006)
    await pass(250)
    expect(connect().kinds).toContain('laneFailed')
  })

  it('that ended are nobody’s business where it comes back as somebody else', async () => {
    const link = client()
    connect().host({ t: 'laneOpen', lane: 4, backend: 'wasm', threads: 1 })
    last().events.closed(1006)
    link.laneBroke(1, 'it threw')
    await pass(250)
    connect({ connection: 'c8' }).events.closed(1006)
    await pass(250)
    connect({ connection: 'c8' })
    for (const { kinds } of wires) expect(kinds).not.toContain('laneFailed')
  })

  it('that a link worker before it had are said to be closed', () => {
    client({ former: { connection: 'c7', lanes: [2, 3] } })
    const wire = connect()
    expect(wire.said[0]).toMatchObject({ t: 'hello', resume: 'c7' })
    expect(wire.said.filter(({ t }) => t === 'laneClosed')).toEqual([
      { t: 'laneClosed', lane: 2 },
      { t: 'laneClosed', lane: 3 },
    ])
  })
})

describe('A device that joined', () => {
  it('says that it wants to leave, and goes when the host lets it', async () => {
    const link = client({ device: 'secret' })
    const wire = connect({ device })
    link.leave('by its button')
    expect(wire.kinds.at(-1)).toBe('leave')
    expect(await phase()).toBe('leaving')
    wire.host({ t: 'bye' })
    expect(await phase()).toBe('left')
    expect(wire.closings).toEqual([1000])
  })

  it('goes by itself where the host says nothing for ten seconds', async () => {
    const link = client({ device: 'secret' })
    const wire = connect({ device })
    link.leave('by its button')
    await pass(10_000)
    expect(await phase()).toBe('left')
    expect(wire.closings).toEqual([1000])
    await pass(60_000)
    expect(wires).toHaveLength(1)
  })

  it('that leaves is the host’s until then: its lanes are fed, and it beats', async () => {
    const link = client({ device: 'secret' })
    const wire = connect({ device })
    wire.host({ t: 'laneOpen', lane: 4, backend: 'wasm', threads: 1 })
    link.leave('by its button')
    const { length } = wire.said
    wire.host(run(1, 4))
    wire.host({ t: 'laneClose', lane: 4 })
    await pass(beatMs)
    expect(wire.kinds.slice(length)).toEqual(['laneClosed', 'beat'])
    link.leave('by its button, again')
    expect(await phase()).toBe('left')
    expect(wire.closings).toEqual([1000])
  })

  it.each<[string, (wire: ToldWire) => void]>([
    ['closes', wire => wire.events.closed(1006)],
    ['says what is no frame', wire => wire.events.came(new ArrayBuffer(2))],
  ])('that leaves has left where its socket %s, and does not come back', async (_what, end) => {
    const link = client({ device: 'secret' })
    const wire = connect({ device })
    link.leave('by its button')
    end(wire)
    expect(await phase()).toBe('left')
    await pass(60_000)
    expect(wires).toHaveLength(1)
    expect(await phase()).toBe('left')
  })

  it('says what may put it to sleep, again after each welcome; one of the host’s own browsers never does', async () => {
    const notes = { visibility: 'hidden', handheld: true } as const
    const link = client({ device: 'secret' })
    link.note(notes)
    connect({ device }).events.closed(1006)
    await pass(250)
    connect({ device })
    for (const wire of wires) expect(wire.said).toContainEqual({ t: 'notes', ...notes })
    last().events.closed(1006)
    await pass(250)
    connect()
    expect(last().kinds).not.toContain('notes')
  })
})
