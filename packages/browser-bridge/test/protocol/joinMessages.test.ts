// What host and page say to each other about a device that joined: round trips, and what is refused at entry.
import { joinChunks } from '@shoal/tensor'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHostFrame, decodePageFrame, encodeFrame } from '../../src/protocol/codec.ts'
import { defaultLimits, type HostMessage, type Notes, type PageMessage } from '../../src/protocol/messages.ts'
import { hello } from '../rig/FakePage.ts'

const fromPage = (message: PageMessage) => decodePageFrame(joinChunks(encodeFrame(message)))
const fromHost = (message: HostMessage) => decodeHostFrame(joinChunks(encodeFrame(message)))

const notes: fc.Arbitrary<Notes> = fc
  .record(
    {
      visibility: fc.constantFrom('visible', 'hidden', 'frozen'),
      handheld: fc.boolean(),
      battery: fc.record(
        { level: fc.double({ min: 0, max: 1, noNaN: true }).map(level => level + 0), charging: fc.boolean() },
        { noNullPrototype: true },
      ),
    },
    { requiredKeys: ['visibility', 'handheld'], noNullPrototype: true },
  )
  .map(fields => ({ t: 'notes', ...fields }))

describe('A device', () => {
  it('says what may put it to sleep', () => {
    fc.assert(
      fc.property(notes, said => {
        expect(fromPage(said)).toEqual(said)
      }),
    )
  })

  it.each<PageMessage>([{ t: 'leave' }, hello('token', 'b1', { device: 'secret', resume: 'phone~1' })])(
    'says $t',
    message => {
      expect(fromPage(message)).toEqual(message)
    },
  )

  it.each<[string, object]>([
    ['a visibility that there is not', { t: 'notes', visibility: 'seen', handheld: true }],
    ['no word of whether it is handheld', { t: 'notes', visibility: 'visible' }],
    [
      'a battery without a level',
      { t: 'notes', visibility: 'visible', handheld: true, battery: { charging: true } },
    ],
    [
      'a browser whose name clears the screen',
      { ...hello('token', 'b1'), browser: { name: '\u001b[2J', version: '1', userAgent: '' } },
    ],
    [
      'a version that turns the text around',
      { ...hello('token', 'b1'), browser: { name: 'x', version: '\u202e1', userAgent: '' } },
    ],
    [
      'a user agent that goes on and on',
      { ...hello('token', 'b1'), browser: { name: 'x', version: '1', userAgent: 'x'.repeat(1025) } },
    ],
    ['a device that is no text', { ...hello('token', 'b1'), device: 7 }],
  ])('is refused with %s', (_what, message) => {
    expect(() => fromPage(message as PageMessage)).toThrowError(/MessageInvalid/)
  })
})

describe('The host', () => {
  it.each<HostMessage>([
    { t: 'bye' },
    { t: 'bye', reason: 'you left' },
    { t: 'hostBeat' },
    { t: 'refused', code: 'TokenUsed', message: 'used', advice: 'ask' },
    { t: 'refused', code: 'TokenExpired', message: 'over', advice: 'ask' },
    { t: 'refused', code: 'TooManyAttempts', message: 'slow', advice: 'wait' },
    {
      t: 'welcome',
      protocol: 1,
      build: 'b1',
      connection: 'device-1~x',
      beatMs: 1_000,
      hostBeats: true,
      filesBase: '/f/x/',
      runtimeBase: '/r/',
      limits: defaultLimits,
      device: { name: 'device-1', othersForMs: 60_000 },
    },
  ])('says $t', message => {
    expect(fromHost(message)).toEqual(message)
  })
})
