// The host's decisions about names, tokens and ranges, as tables.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostAllowed, isLoopback, originAllowed } from '../../../src/node/host/access.ts'
import { parseRange } from '../../../src/node/host/byteRange.ts'
import { attemptsAllowed, FailedAttempts } from '../../../src/node/host/FailedAttempts.ts'
import { JoinTokens } from '../../../src/node/host/JoinTokens.ts'
import { acceptsBrotli } from '../../../src/node/host/StaticFiles.ts'

const rules = { port: 4000, hosts: new Set(['box.local']) }

describe('The Host header', () => {
  it.each([
    ['127.0.0.1:4000', true],
    ['localhost:4000', true],
    ['[::1]:4000', true],
    ['box.local:4000', true],
    ['Box.Local:4000', true],
    ['127.0.0.1', false],
    ['127.0.0.1:4001', false],
    ['evil.example:4000', false],
    ['127.0.0.1.evil.example:4000', false],
    ['', false],
    [undefined, false],
  ])('%s: %s', (host, allowed) => {
    expect(hostAllowed(host, rules)).toBe(allowed)
  })

  it('may leave out port 80', () => {
    expect(hostAllowed('localhost', { ...rules, port: 80 })).toBe(true)
  })
})

describe('The Origin header', () => {
  it.each([
    ['http://127.0.0.1:4000', '127.0.0.1:4000', true],
    ['http://localhost:4000', '127.0.0.1:4000', false],
    ['https://127.0.0.1:4000', '127.0.0.1:4000', false],
    ['http://evil.example:4000', 'evil.example:4000', false],
    ['null', '127.0.0.1:4000', false],
    [undefined, '127.0.0.1:4000', false],
  ])('%s under host %s: %s', (origin, host, allowed) => {
    expect(originAllowed(origin, host, rules)).toBe(allowed)
  })
})

describe('Over TLS', () => {
  const secure = { ...rules, secure: true }
  it.each([
    ['https://box.local:4000', 'box.local:4000', true],
    ['http://box.local:4000', 'box.local:4000', false],
  ])('origin %s under host %s: %s', (origin, host, allowed) => {
    expect(originAllowed(origin, host, secure)).toBe(allowed)
  })

  it('the port that may be left out is 443', () => {
    expect([
      hostAllowed('box.local', { ...secure, port: 443 }),
      hostAllowed('box.local', { ...secure, port: 80 }),
    ]).toEqual([true, false])
  })
})

describe('An address', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.3.0.9', true],
    ['::ffff:127.0.0.1', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['192.168.1.4', false],
    ['::', false],
  ])('%s is of this machine alone: %s', (address, loopback) => {
    expect(isLoopback(address)).toBe(loopback)
  })
})

describe('Wrong tokens', () => {
  it('make the address wait that they came from, for a minute, and no other', () => {
    const attempts = new FailedAttempts()
    for (let n = 0; n < attemptsAllowed; n++) {
      expect(attempts.tooMany('a', n)).toBe(false)
      attempts.failed('a', n)
    }
    expect([attempts.tooMany('a', 100), attempts.tooMany('b', 100)]).toEqual([true, false])
    expect(attempts.tooMany('a', 60_000)).toBe(false)
  })
})

describe('A token', () => {
  it('is found until it is revoked, and no other text is one', () => {
    const tokens = new JoinTokens()
    const guest = {
      id: 'guest',
      trust: 'own',
      filesBase: '/f/x/',
      onArrival: () => {},
      page: undefined,
    } as const
    const token = tokens.issue(guest)
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(tokens.find(token)).toBe(guest)
    expect(tokens.find(`${token}x`)).toBeUndefined()
    expect(tokens.issue(guest)).not.toBe(token)
    tokens.revoke(token)
    expect([tokens.find(token), tokens.size]).toEqual([undefined, 1])
  })
})

describe('A range of bytes', () => {
  it('that is given lies within the file and is never empty', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
    )
    fc.assert(
      fc.property(header, fc.nat(), (text, total) => {
        const range = parseRange(text, total)
        if (typeof range === 'string') return true
        return range.start >= 0 && range.start <= range.end && range.end < total
      }),
    )
  })

  it('of an empty file is none', () => {
    expect([parseRange('bytes=0-', 0), parseRange('bytes=-1', 0), parseRange(undefined, 0)]).toEqual([
      'none',
      'none',
      'all',
    ])
  })
})

describe('Accept-Encoding', () => {
  it.each([
    ['br', true],
    ['gzip, deflate, br, zstd', true],
    ['gzip;q=1.0, BR ; q=0.5', true],
    ['br;q=0', false],
    ['br; q=0.000', false],
    ['brotli', false],
    ['', false],
    [undefined, false],
  ])('%s takes brotli: %s', (header, takes) => {
    expect(acceptsBrotli(header)).toBe(takes)
  })
})
