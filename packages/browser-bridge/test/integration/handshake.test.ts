// Who is welcome and who is refused, over real sockets and without a browser.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect } from 'effect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BridgeHost, type PageBundle, PortInUse } from '../../src/index.ts'
import type { LivePage } from '../../src/node/link/LivePage.ts'
import { protocolVersion } from '../../src/protocol/messages.ts'
import { FakePage, hello, tokenOf, type UpgradeRequest } from '../rig/FakePage.ts'
import { Rig, until } from '../rig/Rig.ts'

const build = 'b1'
let bundle: PageBundle
const rig = new Rig()
let host: BridgeHost

beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  await writeFile(path.join(folder, 'index.html'), '<p>page</p>')
  await mkdir(path.join(folder, 'runtime'))
  bundle = { folder, build, runtime: 'runtime/' }
  host = await rig.run(BridgeHost.start({ files: { open: () => undefined }, bundle }))
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
  await rm(bundle.folder, { recursive: true, force: true })
})

/** Invites, and gathers what arrives. */
const invite = (id: string) => {
  const arrivals: LivePage[] = []
  const invitation = host.invite({ id, onArrival: page => arrivals.push(page) })
  return { arrivals, invitation, token: tokenOf(invitation.url) }
}

describe('The upgrade', () => {
  const foreign: [string, UpgradeRequest, number, string][] = [
    ['another origin', { origin: 'http://evil.example' }, 403, 'OriginRefused'],
    ['the same address with another port', { origin: 'http://127.0.0.1:1' }, 403, 'OriginRefused'],
    ['no origin at all', { origin: undefined }, 403, 'OriginRefused'],
    ['a host name that was made to point here', { host: 'evil.example' }, 421, 'HostRefused'],
    ['another path', { path: '/other' }, 404, 'PathUnknown'],
  ]
  it.each(foreign)('is refused from %s, and counted', async (_what, request, status, why) => {
    const before = host.refusals.get(why as never) ?? 0
    expect(await new FakePage(host.origin, request).closed).toBe(status)
    expect(host.refusals.get(why as never)).toBe(before + 1)
  })

  it('never agrees to compress', async () => {
    const page = await new FakePage(host.origin).open()
    expect(page.socket.extensions).toBe('')
    page.socket.terminate()
  })
})

describe('Hello', () => {
  it('is answered by welcome when token, protocol and build are right', async () => {
    const { arrivals, token } = invite('good')
    const page = await new FakePage(host.origin).open()
    page.say(hello(token, build))
    const welcome = await page.hears('welcome')
    expect(welcome).toMatchObject({ protocol: protocolVersion, build, runtimeBase: '/runtime/' })
    expect(welcome.filesBase).toMatch(/^\/f\/[\w-]{20,}\/$/)
    expect(arrivals.map(({ id }) => id)).toEqual(['good'])
    page.socket.terminate()
  })

  const refused = [
    {
      what: 'an unknown token',
      says: (_token: string) => hello('x'.repeat(43), build),
      code: 'TokenInvalid',
    },
    { what: 'no token', says: (_token: string) => hello('', build), code: 'TokenInvalid' },
    { what: 'another build', says: (token: string) => hello(token, 'b2'), code: 'BuildMismatch' },
    {
      what: 'another protocol',
      says: (token: string) => hello(token, build, { protocol: 99 }),
      code: 'ProtocolMismatch',
    },
  ]
  it.each(refused)(
    'with $what is refused as $code, with advice, and nobody arrives',
    async ({ says, code }) => {
      const { arrivals, token } = invite('wanted')
      const page = await new FakePage(host.origin).open()
      page.say(says(token))
      expect(await page.hears('refused')).toMatchObject({ code, advice: expect.stringMatching(/\w/) })
      expect(await page.closed).toBe(1008)
      expect(arrivals).toEqual([])
    },
  )

  it('must come first', async () => {
    const page = await new FakePage(host.origin).open()
    page.say({ t: 'beat', mainAgeMs: 0 })
    expect(await page.hears('refused')).toMatchObject({ code: 'FrameRefused' })
    expect(await page.closed).toBe(1008)
  })

  it('of more than 64 KiB ends the handshake before it is read', async () => {
    const page = await new FakePage(host.origin).open()
    page.socket.send(Buffer.alloc(200 * 1024))
    expect(await page.closed).toBe(1006)
    expect(host.refusals.get('HelloTooLarge')).toBe(1)
  })

  it('with a token that was revoked is refused, and its page is dismissed', async () => {
    const { invitation, token } = invite('revoked')
    const first = await new FakePage(host.origin).open()
    first.say(hello(token, build))
    await first.hears('welcome')
    invitation.revoke()
    await first.hears('bye')
    expect(await first.closed).toBe(1000)
    const second = await new FakePage(host.origin).open()
    second.say(hello(token, build))
    expect(await second.hears('refused')).toMatchObject({ code: 'TokenInvalid' })
  })
})

describe('A page that comes back', () => {
  it('as itself keeps its name and its lanes; what was in flight may run again', async () => {
    const { arrivals, token } = invite('back')
    const first = await new FakePage(host.origin).open()
    first.say(hello(token, build))
    const { connection } = await first.hears('welcome')
    const opening = arrivals[0]?.openLane('wasm', 2)
    first.say({ t: 'laneOpened', lane: (await first.hears('laneOpen')).lane, backend: 'wasm', threads: 2 })
    const lane = await opening
    const run = lane?.run('m', { input: { kind: 'tensors' }, tensors: [] }, { deadlineMs: 60_000 })
    await first.hears('run')
    const second = await new FakePage(host.origin).open()
    second.say(hello(token, build, { resume: connection }))
    await expect(run).rejects.toMatchObject({ _tag: 'ConnectionLost', mayRunAgain: true })
    expect((await second.hears('welcome')).connection).toBe(connection)
    expect(await first.closed).toBe(1006)
    expect(arrivals[1]?.lanes.map(({ id, threads }) => ({ id, threads }))).toEqual([
      { id: lane?.id, threads: 2 },
    ])
    second.say({ t: 'laneOpened', lane: 9, backend: 'wasm', threads: 2 })
    expect(await second.hears('laneClose')).toMatchObject({ lane: 9 })
    second.socket.terminate()
  })

  it('as somebody else starts afresh under another name', async () => {
    const { arrivals, token } = invite('afresh')
    const first = await new FakePage(host.origin).open()
    first.say(hello(token, build))
    const { connection } = await first.hears('welcome')
    const second = await new FakePage(host.origin).open()
    second.say(hello(token, build))
    expect((await second.hears('welcome')).connection).not.toBe(connection)
    expect(arrivals[1]?.lanes).toEqual([])
    second.socket.terminate()
  })
})

describe('A page that is in', () => {
  it('that sends bytes which are no frame is told, and closed with 1002', async () => {
    const { arrivals, token } = invite('hostile')
    const page = await new FakePage(host.origin).open()
    page.say(hello(token, build))
    await page.hears('welcome')
    page.socket.send(Buffer.from([1, 0, 0, 0, 0xc1, 0, 0, 0]))
    expect(await page.hears('refused')).toMatchObject({ code: 'FrameRefused' })
    expect(await page.closed).toBe(1002)
    expect(await arrivals[0]?.lost).toContain('frame refused')
  })

  it('may answer only what it was asked: the rest is counted and changes nothing', async () => {
    const { arrivals, token } = invite('liar')
    const page = await new FakePage(host.origin).open()
    page.say(hello(token, build))
    await page.hears('welcome')
    const live = arrivals[0]
    const opening = live?.openLane('wasm', 1)
    page.say({ t: 'laneOpened', lane: (await page.hears('laneOpen')).lane, backend: 'wasm', threads: 1 })
    const lane = await opening
    const run = lane?.run('m', { input: { kind: 'tensors' }, tensors: [] }, { deadlineMs: 60_000 })
    const { id } = await page.hears('run')
    const timing = { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 }
    page.say({ t: 'result', id: id + 1000, timing, inputs: 0, tensors: [] })
    page.say({ t: 'unloaded', id })
    page.say({ t: 'result', id, timing, inputs: 0, tensors: [] })
    page.say({ t: 'result', id, timing, inputs: 0, tensors: [] })
    expect(await run).toMatchObject({ timing, outputs: [] })
    await until(() => live?.stray.unknown === 3)
    page.socket.terminate()
  })
})

describe('The port', () => {
  it('in use is PortInUse, one line with what to do', async () => {
    const second = BridgeHost.start({ files: { open: () => undefined }, bundle, port: host.port })
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(second)))
    expect(error).toBeInstanceOf(PortInUse)
    expect(error.message).toBe(
      `Port ${host.port} on 127.0.0.1 is in use: choose another port, or 0 for any free one.`,
    )
  })

  it('is free again when the scope closes, although pages and pending handshakes hang on to it', async () => {
    const other = new Rig()
    const short = await other.run(BridgeHost.start({ files: { open: () => undefined }, bundle }))
    const pending = await new FakePage(short.origin).open()
    const silent = connect(short.port, '127.0.0.1')
    await new Promise(resolve => silent.once('connect', resolve))
    await other[Symbol.asyncDispose]()
    expect(await pending.closed).toBe(1001)
    await rig.run(BridgeHost.start({ files: { open: () => undefined }, bundle, port: short.port }))
  })
})
