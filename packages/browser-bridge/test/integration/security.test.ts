// What a stranger or a hostile device tries, over real sockets: each attempt is refused with its code and counted, and
// whoever else is connected goes on undisturbed.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { Effect } from 'effect'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import {
  BridgeHost,
  CertificateInvalid,
  type Door,
  type Lane,
  type PageBundle,
  type Refusal,
} from '../../src/index.ts'
import { joinedLimits } from '../../src/node/host/Door.ts'
import { attemptsAllowed } from '../../src/node/host/FailedAttempts.ts'
import type { LivePage } from '../../src/node/link/LivePage.ts'
import { unaskedPerSecond } from '../../src/node/link/UnaskedFrames.ts'
import type { Result } from '../../src/protocol/messages.ts'
import { selfSigned } from '../rig/certificate.ts'
import { FakePage, hello, joinTokenOf, tokenOf, type UpgradeRequest } from '../rig/FakePage.ts'
import { Rig, until } from '../rig/Rig.ts'

const build = 'b1'
const certificate = selfSigned()
const rig = new Rig()
let bundle: PageBundle
let host: BridgeHost
let door: Door
let secrets = 0

const files = {
  open: (key: string, name: string) => {
    const text = `${key} ${name}`
    return { bytes: text.length, total: text.length, type: 'text/plain', stream: Readable.from([text]) }
  },
}
const join = { path: '/join' }
const timing = { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 }
const output = (...dims: number[]) =>
  ({ name: 'y', dtype: 'float32', dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)) }) as const
const answer = (id: number, more: Partial<Result> = {}): Result => ({
  t: 'result',
  id,
  timing,
  inputs: 0,
  tensors: [output(1)],
  ...more,
})

/** Plays a device's part with a lane that holds model `m`; `live` is what the host sees of it. */
const enter = async (to: Door, address = to.address()) => {
  const page = await new FakePage(to.origin, join).open()
  const device = `secret-${++secrets}`.padEnd(32, '-')
  page.say(hello(joinTokenOf(address.url), build, { device }))
  const welcome = await page.hears('welcome')
  const live = to.devices.at(-1)?.page as LivePage
  return { page, welcome, live, device, lane: await openLane(page, live) }
}

const openLane = async (page: FakePage, live: LivePage): Promise<Lane> => {
  const opening = live.openLane('wasm', 1)
  const { lane: number } = await page.hears('laneOpen')
  page.say({ t: 'laneOpened', lane: number, backend: 'wasm', threads: 1 })
  const lane = await opening
  const manifest = {
    key: 'm',
    name: 'm',
    kind: 'graph',
    root: 'm/resolve/main/',
    graphFile: 'm.onnx',
  } as const
  const loading = lane.load({ ...manifest, dtype: 'fp32', files: [] })
  const { id } = await page.hears('load')
  const outputs = [{ name: 'y', dtype: 'float32', dims: [1] }] as const
  page.say({ t: 'loaded', id, timing: { queueMs: 0, fetchMs: 0, createMs: 0 }, inputs: [], outputs })
  await loading
  return lane
}

/** Has the lane's page answer one request. */
const works = async (page: FakePage, lane: Lane): Promise<void> => {
  const nth = page.heard.filter(({ t }) => t === 'run').length + 1
  const run = lane.run('m', { input: { kind: 'tensors' }, tensors: [] }, { deadlineMs: 60_000 })
  page.say(answer((await page.hears('run', nth)).id))
  expect(await run).toMatchObject({ timing })
}

/** Bystanders: a page of our own, and a device that joined. */
let own: { page: FakePage; lane: Lane }
let other: Awaited<ReturnType<typeof enter>>

beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  await writeFile(path.join(folder, 'index.html'), '<p>page</p>')
  await mkdir(path.join(folder, 'runtime'))
  bundle = { folder, build, runtime: 'runtime/' }
  host = await rig.run(BridgeHost.start({ files, bundle, heartbeat: { missedBeats: 1e6 } }))
  door = await rig.run(host.openDoor({ maxDevices: 100, onDevice: () => {} }))
  const arrived = Promise.withResolvers<LivePage>()
  const invitation = host.invite({ id: 'own', onArrival: arrived.resolve })
  const page = await new FakePage(host.origin).open()
  page.say(hello(tokenOf(invitation.url), build))
  own = { page, lane: await openLane(page, await arrived.promise) }
  other = await enter(door)
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
  await rm(bundle.folder, { recursive: true, force: true })
})

/** Expects one more refusal with that code, and everybody else at work as before. */
const counted = async (code: Refusal, attempt: () => Promise<void>): Promise<void> => {
  const before = door.refusals.get(code) ?? 0
  await attempt()
  await until(() => door.refusals.get(code) === before + 1)
  await Promise.all([works(own.page, own.lane), works(other.page, other.lane)])
}

describe('A stranger', () => {
  it.each<[string, Refusal, UpgradeRequest, number]>([
    ['of another origin', 'OriginRefused', { ...join, origin: 'http://evil.example' }, 403],
    ['without an origin', 'OriginRefused', { ...join, origin: undefined }, 403],
    ['by a name that was made to point here', 'HostRefused', { ...join, host: 'evil.example' }, 421],
    ['at the socket of our own pages', 'PathUnknown', { path: '/link' }, 404],
  ])('%s is refused as %s', (_what, code, upgrade, status) =>
    counted(code, async () => {
      expect(await new FakePage(door.origin, upgrade).closed).toBe(status)
    }),
  )

  const device = 'stranger'.padEnd(32, '-')
  it.each<[string, Refusal, () => Parameters<typeof hello>]>([
    ['without a token', 'TokenInvalid', () => ['', build, { device }]],
    ['with a wrong token', 'TokenInvalid', () => ['x'.repeat(43), build, { device }]],
    [
      'with a right token and no secret of its own',
      'TokenInvalid',
      () => [joinTokenOf(door.address().url), build],
    ],
    ['with a token that was used', 'TokenUsed', () => [usedToken, build, { device }]],
    [
      'with a token that is out of date',
      'TokenExpired',
      () => [joinTokenOf(door.address({ expiresMs: 0 }).url), build, { device }],
    ],
    [
      'with another protocol',
      'ProtocolMismatch',
      () => [joinTokenOf(door.address().url), build, { device, protocol: 1 }],
    ],
    [
      'with the token of one of our own pages',
      'TokenInvalid',
      () => [tokenOf(host.invite({ id: 'x', onArrival: () => {} }).url), build, { device }],
    ],
  ])('%s is refused as %s', (_what, code, say) =>
    counted(code, async () => {
      const page = await new FakePage(door.origin, join).open()
      page.say(hello(...say()))
      expect(await page.hears('refused')).toMatchObject({ code, advice: expect.stringMatching(/\w/) })
      expect(await page.closed).toBe(1008)
    }),
  )

  let usedToken = ''
  beforeAll(async () => {
    const address = door.address()
    usedToken = joinTokenOf(address.url)
    const { page } = await enter(door, address)
    page.socket.terminate()
  })

  it('does not enter at our own socket by the address of a device', async () => {
    const page = await new FakePage(host.origin).open()
    page.say(hello(joinTokenOf(door.address().url), build, { device }))
    expect(await page.hears('refused')).toMatchObject({ code: 'TokenInvalid' })
  })

  it('that goes on guessing is told to wait; a right token is let in all the same', async () => {
    const strict = await rig.run(host.openDoor({ onDevice: () => {} }))
    const guess = async () => {
      const page = await new FakePage(strict.origin, join).open()
      page.say(hello('x'.repeat(43), build, { device }))
      return (await page.hears('refused')).code
    }
    for (let n = 0; n < attemptsAllowed; n++) expect(await guess()).toBe('TokenInvalid')
    expect([await guess(), await guess()]).toEqual(['TooManyAttempts', 'TooManyAttempts'])
    expect(strict.refusals.get('TooManyAttempts')).toBe(2)
    expect((await enter(strict)).welcome.device).toMatchObject({ name: 'device-1' })
  })

  it('is one too many where the house is full', async () => {
    const small = await rig.run(host.openDoor({ maxDevices: 1, onDevice: () => {} }))
    const first = await enter(small)
    const address = small.address()
    const second = await new FakePage(small.origin, join).open()
    second.say(hello(joinTokenOf(address.url), build, { device }))
    expect(await second.hears('refused')).toMatchObject({ code: 'TooManyConnections' })
    expect(small.refusals.get('TooManyConnections')).toBe(1)
    await works(first.page, first.lane)
    first.page.socket.terminate()
    await first.live.lost
    expect((await enter(small, address)).welcome.device).toMatchObject({ name: 'device-2' })
  })

  it('that opens sockets and says nothing keeps nobody out: the oldest has to go', async () => {
    const crowded = await rig.run(host.openDoor({ onDevice: () => {} }))
    const silent: FakePage[] = []
    for (let n = 0; n < 65; n++) silent.push(await new FakePage(crowded.origin, join).open())
    expect(await silent[0]?.closed).toBe(1006)
    expect((await enter(crowded)).welcome.device).toMatchObject({ name: 'device-1' })
    expect(crowded.refusals.get('HelloCrowdedOut')).toBe(2)
    for (const { socket } of silent) socket.terminate()
  })

  it('finds nothing over HTTP but the page: no model file, by whatever secret', async () => {
    const get = (file: string) => fetch(`${door.origin}${file}`).then(response => response.status)
    const { filesBase } = other.welcome
    expect(await get('/')).toBe(200)
    expect(await get(`${filesBase}m/resolve/main/m.onnx`)).toBe(200)
    expect(await get(`${filesBase}q/resolve/main/m.onnx`)).toBe(404)
    expect(await get(`${filesBase}m/resolve/main/..%2F..%2Fq/resolve/main/m.onnx`)).not.toBe(500)
    expect(await get('/f/AAAAAAAAAAAAAAAAAAAAAA/m/resolve/main/m.onnx')).toBe(404)
    const ours = own.page.heard.find(({ t }) => t === 'welcome') as { filesBase: string }
    expect(await get(`${ours.filesBase}m/resolve/main/m.onnx`)).toBe(404)
    const rebound = await new Promise<number | undefined>(resolve => {
      request(`${door.origin}/`, { headers: { host: 'evil.example' } }, response => {
        response.resume()
        resolve(response.statusCode)
      }).end()
    })
    expect(rebound).toBe(421)
  })
})

describe('A device that joined', () => {
  let device: Awaited<ReturnType<typeof enter>>
  beforeEach(async () => {
    device = await enter(door)
  })

  const shutOut = (code: Refusal, close: number, attempt: () => Promise<void> | void) =>
    counted(code, async () => {
      const { page, lane, live } = device
      const run = lane.run('m', { input: { kind: 'tensors' }, tensors: [] }, { deadlineMs: 60_000 })
      const lost = expect(run).rejects.toMatchObject({ mayRunAgain: true })
      await page.hears('run')
      await attempt()
      expect(await page.closed).toBe(close)
      await lost
      expect(await live.lost).toMatch(/refused|payload/i)
    })

  it('that answers a request which was never made is shut out', () =>
    shutOut('AnswerUnasked', 1008, () => device.page.say(answer(4711))))

  it('that answers twice is shut out', () =>
    shutOut('AnswerRepeated', 1008, async () => {
      const { page, lane } = device
      const first = lane.run('m', { input: { kind: 'tensors' }, tensors: [] }, { deadlineMs: 60_000 })
      const { id } = await page.hears('run', 2)
      page.say(answer(id))
      await first
      page.say(answer(id))
    }))

  it('that answers with another kind of message is shut out', () =>
    shutOut('AnswerBeyondAgreed', 1008, async () =>
      device.page.say({ t: 'unloaded', id: (await device.page.hears('run')).id }),
    ))

  it('that answers with tensors which were not agreed on is shut out', () =>
    shutOut('AnswerBeyondAgreed', 1008, async () => {
      const { id } = await device.page.hears('run')
      device.page.say(answer(id, { tensors: [output(2)] }))
    }))

  it('that leaves out an output which was agreed on is shut out', () =>
    shutOut('AnswerBeyondAgreed', 1008, async () => {
      const { id } = await device.page.hears('run')
      device.page.say(answer(id, { tensors: [] }))
    }))

  it('that sends tensors with a part of an answer is shut out, and none of them is kept', () =>
    shutOut('AnswerBeyondAgreed', 1008, async () => {
      const streamed = device.lane.stream(
        'm',
        { input: { kind: 'tensors' }, tensors: [] },
        { deadlineMs: 60_000 },
      )
      const lost = expect(streamed.result).rejects.toMatchObject({ _tag: 'ConnectionLost' })
      const { id } = await device.page.hears('run', 2)
      for (let seq = 0; seq < 4; seq++)
        device.page.say({ t: 'part', id, seq, json: 'x', tensors: [output(64, 1024)] })
      await lost
      const parts = (async () => {
        for await (const part of streamed) expect(part).toBeUndefined()
      })()
      await expect(parts).rejects.toMatchObject({ _tag: 'ConnectionLost' })
    }))

  it('that says it has a lane which nobody asked for is shut out', () =>
    shutOut('AnswerUnasked', 1008, () =>
      device.page.say({ t: 'laneOpened', lane: 99, backend: 'wasm', threads: 1 }),
    ))

  it('that sends a frame over the limit is shut out before it is read', () =>
    shutOut('FrameTooLarge', 1009, () => {
      // The length alone is enough: nothing of the frame itself is sent.
      const header = Buffer.alloc(14)
      header.writeUInt8(0x82, 0)
      header.writeUInt8(0xff, 1)
      header.writeBigUInt64BE(BigInt(joinedLimits.maxFrameBytes + 1), 2)
      // @ts-expect-error the socket under the WebSocket is not public
      device.page.socket._socket.write(header)
    }))

  it('that sends a frame which is none is shut out', () =>
    shutOut('HeaderMalformed', 1002, () => device.page.socket.send(Buffer.from([1, 0, 0, 0, 0xc1, 0, 0, 0]))))

  /** However slow this machine is, it says more than is let through. */
  const flood = async (say: () => void): Promise<void> => {
    while (device.page.socket.readyState === WebSocket.OPEN) {
      for (let n = 0; n < unaskedPerSecond; n++) say()
      await new Promise(done => setImmediate(done))
    }
  }

  it('that floods is shut out', () =>
    shutOut('FrameFlood', 1008, () => flood(() => device.page.say({ t: 'beat', mainAgeMs: 0 }))))

  it('that floods with word of work it was never given, or has told of already, is shut out', () =>
    shutOut('FrameFlood', 1008, async () => {
      const { id } = await device.page.hears('run')
      let turn = 0
      await flood(() => device.page.say({ t: 'begin', id: ++turn % 2 === 0 ? id : 4711 }))
    }))

  it('says nothing with its last words or a wrong frame that a terminal would obey', async () => {
    device.page.socket.close(4001, 'gone\u001b[2J')
    expect(await device.live.lost).toBe('gone\ufffd[2J')
    const second = await enter(door)
    const header = Buffer.from(JSON.stringify({ t: '\u202e\u001b]0;x' }))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(header.length)
    const padding = Buffer.alloc((8 - ((4 + header.length) % 8)) % 8)
    second.page.socket.send(Buffer.concat([length, header, padding]))
    expect(await second.live.lost).toMatch(/^frame refused: MessageUnknown: '[^\p{Cc}\p{Cf}]+$/u)
  })

  it('may come back as itself, also after it was shut out, with nothing of what it was given', async () => {
    device.page.say(answer(4711))
    await device.page.closed
    const again = await new FakePage(door.origin, join).open()
    again.say(hello('', build, { device: device.device }))
    const { device: named, filesBase } = await again.hears('welcome')
    expect(named?.name).toBe(device.welcome.device?.name)
    expect((await fetch(`${door.origin}${filesBase}m/resolve/main/m.onnx`)).status).toBe(404)
    again.socket.terminate()
  })

  it('that opens a second tab goes on there; the first is sent home, not fought with', async () => {
    const second = await new FakePage(door.origin, join).open()
    second.say(hello('', build, { device: device.device }))
    await second.hears('welcome')
    expect((await device.page.hears('bye')).reason).toContain('another tab')
    expect(await device.page.closed).toBe(1000)
    second.socket.terminate()
  })
})

describe.skipIf(certificate === undefined)(
  `A door with a certificate${certificate === undefined ? ' (skipped: there is no openssl here)' : ''}`,
  () => {
    it('speaks TLS alone, to pages of its own https origin alone', async () => {
      const tls = certificate ?? { cert: '', key: '' }
      const secure = await rig.run(host.openDoor({ tls, names: ['localhost'], onDevice: () => {} }))
      expect(secure.origin).toBe(`https://localhost:${secure.port}`)
      expect((await enter(secure)).welcome.device?.name).toBe('device-1')
      const plain = { ...join, origin: `http://localhost:${secure.port}` }
      expect(await new FakePage(secure.origin, plain).closed).toBe(403)
      await expect(fetch(`http://127.0.0.1:${secure.port}/`)).rejects.toThrow()
    })
  },
)

describe('A door', () => {
  it('that listens beyond this machine without TLS warns of what devices will miss', async () => {
    const wide = await rig.run(host.openDoor({ host: '0.0.0.0', names: ['box.local'], onDevice: () => {} }))
    expect(wide.origin).toBe(`http://box.local:${wide.port}`)
    expect(wide.warnings.join()).toContain('no WebGPU')
    expect(door.warnings).toEqual([])
  })

  it('goes by its name however that is written', async () => {
    const named = await rig.run(host.openDoor({ names: ['My-Laptop.local'], onDevice: () => {} }))
    expect(named.address().url).toContain(`http://my-laptop.local:${named.port}/#join=`)
    const answered = await new Promise<number | undefined>(resolve => {
      // What a browser sends of that address.
      const headers = { host: `my-laptop.local:${named.port}` }
      request(`http://127.0.0.1:${named.port}/`, { headers }, response => {
        response.resume()
        resolve(response.statusCode)
      }).end()
    })
    expect(answered).toBe(200)
  })

  it('with a certificate that is none says so in one line', async () => {
    const tls = { cert: '/nowhere/cert.pem', key: '/nowhere/key.pem' }
    const opening = Effect.scoped(host.openDoor({ tls, onDevice: () => {} }))
    const error = await Effect.runPromise(Effect.flip(opening))
    expect(error).toBeInstanceOf(CertificateInvalid)
    expect(error.message).toContain('/nowhere/cert.pem')
  })
})
