// What the page decides where somebody joins by an address: who it is, what it says of itself, what it tells its owner.
import { describe, expect, it } from 'vitest'
import { isHandheld } from '../../src/page/browserIdentity.ts'
import { freshSecret } from '../../src/page/freshSecret.ts'
import type { LinkStatus } from '../../src/page/innerMessages.ts'
import { invitationOf, lenient, type Store } from '../../src/page/invitation.ts'
import { afterRefusal } from '../../src/page/reconnect.ts'
import { adviceFor, asSentence, forHowLong, headline } from '../../src/page/status/statusText.ts'
import type { Capabilities, RefusalCode } from '../../src/protocol/messages.ts'

const store = (entries: Record<string, string> = {}): Store => {
  const kept = new Map(Object.entries(entries))
  return { getItem: key => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) }
}

describe('A page', () => {
  it('that the host opened says its token, and keeps nothing', () => {
    const [tab, browser] = [store(), store()]
    expect(invitationOf('#token=t', tab, browser, () => 'fresh')).toEqual({ _tag: 'Own', token: 't' })
    expect([tab.getItem('shoal-device'), browser.getItem('shoal-device')]).toEqual([null, null])
  })

  it('that joins is the same device after a reload, in another tab, and without its address', () => {
    const browser = store()
    const tab = store()
    const first = invitationOf('#join=a', tab, browser, () => 'secret')
    expect(first).toEqual({ _tag: 'Join', token: 'a', device: 'secret' })
    expect(invitationOf('', tab, browser, () => 'other')).toEqual(first)
    expect(invitationOf('#join=b', store(), browser, () => 'other')).toEqual({ ...first, token: 'b' })
    expect(invitationOf('', store(), browser, () => 'other')).toEqual({ ...first, token: '' })
  })

  it('that has neither address nor past is nobody', () => {
    expect(invitationOf('', store(), store(), () => 'fresh')).toEqual({ _tag: 'None' })
  })

  it('whose browser forbids storage joins all the same, and is somebody else after a reload', () => {
    const forbidden = () =>
      lenient(() => {
        throw new DOMException('denied', 'SecurityError')
      })
    const [tab, browser] = [forbidden(), forbidden()]
    expect(invitationOf('#join=a', tab, browser, () => 'one')).toMatchObject({ device: 'one' })
    expect(invitationOf('#join=a', tab, browser, () => 'two')).toMatchObject({ device: 'one' })
    expect(invitationOf('#join=a', forbidden(), forbidden(), () => 'two')).toMatchObject({ device: 'two' })
  })

  it('makes a secret that the host takes', () => {
    expect(freshSecret()).toMatch(/^[\w-]{32}$/)
    expect(freshSecret()).not.toBe(freshSecret())
  })
})

describe('A device is handheld', () => {
  it.each<[string, string, number, boolean | undefined, boolean]>([
    [
      'an Android phone',
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/156.0.0.0 Mobile Safari/537.36',
      5,
      true,
      true,
    ],
    [
      'an iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) Version/26.1 Mobile/15E148 Safari/604.1',
      5,
      undefined,
      true,
    ],
    [
      'an iPad that says it is a Mac',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.1 Safari/605.1.15',
      5,
      undefined,
      true,
    ],
    [
      'a Mac',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.1 Safari/605.1.15',
      0,
      undefined,
      false,
    ],
    [
      'a laptop with a touch screen',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0.0.0',
      10,
      false,
      false,
    ],
  ])('%s', (_what, userAgent, touchPoints, mobile, handheld) => {
    expect(isHandheld(userAgent, touchPoints, mobile)).toBe(handheld)
  })
})

describe('The status page', () => {
  const lane = { lane: 1, backend: 'wasm', state: 'idle', jobsDone: 0 } as const
  const status = (more: Partial<LinkStatus>): LinkStatus => ({
    phase: 'connected',
    detail: '',
    browser: { name: 'firefox', version: '1', userAgent: '' },
    lanes: [lane],
    jobsDone: 0,
    ...more,
  })
  it.each<[Partial<LinkStatus>, string]>([
    [{ phase: 'probing' }, 'Trying what'],
    [{}, 'ready for work'],
    [
      {
        lanes: [
          { ...lane, running: 'vit' },
          { ...lane, running: 'bert' },
        ],
      },
      'Working on vit and bert',
    ],
    [{ resting: 'hidden', lanes: [{ ...lane, running: 'vit' }] }, 'Resting'],
    [{ phase: 'waiting' }, 'cannot be reached'],
    [{ phase: 'waiting', refusal: 'TooManyConnections' }, 'free place'],
    [{ phase: 'refused', refusal: 'TokenUsed' }, 'has been used'],
    [{ phase: 'refused', refusal: 'TokenExpired' }, 'out of date'],
    [{ phase: 'refused', refusal: 'TokenInvalid' }, 'not valid'],
    [{ phase: 'refused', refusal: 'FrameRefused' }, 'refused this page'],
    [{ phase: 'leaving' }, 'leaving'],
    [{ phase: 'left' }, 'have left'],
    [{ phase: 'ended' }, 'Not connected'],
  ])('%j: %s', (more, words) => {
    expect(headline(status(more))).toContain(words)
  })

  const capabilities: Capabilities = {
    isolated: true,
    cores: 4,
    threads: 4,
    wasm: { simd: true, threads: true },
    webnn: { cpu: false, gpu: false, npu: false },
    reasons: {},
  }
  const awake = { visibility: 'visible', handheld: false } as const
  it.each<[string, Partial<Parameters<typeof adviceFor>[0]>, string | undefined]>([
    ['all well', {}, undefined],
    ['plain http', { secure: false }, 'no WebGPU'],
    [
      'plain http says why there is one thread, once',
      { secure: false, capabilities: { ...capabilities, isolated: false } },
      'one thread',
    ],
    ['headers lost on the way', { capabilities: { ...capabilities, isolated: false } }, 'not isolated'],
    ['a phone', { notes: { ...awake, handheld: true } }, 'screen on'],
    ['a desktop in the background', { notes: { ...awake, visibility: 'hidden' } }, 'in the background'],
    ['a battery', { notes: { ...awake, battery: { level: 0.5, charging: false } } }, 'at 50 %. Below 15 %'],
    ['a battery that charges', { notes: { ...awake, battery: { level: 0.05, charging: true } } }, 'charging'],
  ])('advises: %s', (_what, around, words) => {
    const advice = adviceFor({ secure: true, capabilities, notes: awake, ...around })
    expect(advice.length).toBe(words === undefined ? 0 : 1)
    if (words !== undefined) expect(advice[0]?.text).toContain(words)
  })

  it('says for how long others may join', () => {
    expect([1_000, 60_001, 15 * 60_000, 3 * 3_600_000].map(forHowLong)).toEqual([
      '1 minute',
      '2 minutes',
      '15 minutes',
      '3 hours',
    ])
  })

  it('makes sentences of what the host says', () => {
    expect(['it is full', 'Wait.', ''].map(asSentence)).toEqual(['It is full.', 'Wait.', ''])
  })
})

it.each<[RefusalCode, string]>([
  ['TokenUsed', 'stop'],
  ['TokenExpired', 'stop'],
  ['TooManyAttempts', 'retrySlowly'],
])('A page that is refused for %s: %s', (code, next) => {
  expect(afterRefusal(code)).toBe(next)
})
