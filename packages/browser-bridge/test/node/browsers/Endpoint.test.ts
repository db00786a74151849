// What an address of a browser tells, and what of it may be told to others.
import { describe, expect, it } from 'vitest'
import { explain } from '../../../src/node/browsers/ConnectedBrowser.ts'
import { waitBefore } from '../../../src/node/browsers/connect.ts'
import { type Endpoint, endpointFault, shownEndpoint, wayOf } from '../../../src/node/browsers/Endpoint.ts'

describe('An endpoint', () => {
  it.each([
    ['http://127.0.0.1:9222', 'cdp'],
    ['https://grid.example/chrome?key=1', 'cdp'],
    ['ws://127.0.0.1:9222/devtools/browser/5-7', 'cdp'],
    ['ws://127.0.0.1:3000/', 'playwright-server'],
    ['wss://grid.example/playwright', 'playwright-server'],
  ] as const)('%s is taken for %s', (connect, way) => {
    expect(wayOf({ connect })).toBe(way)
  })

  it('is what its owner says, where the address would say another thing', () => {
    expect(wayOf({ connect: 'wss://grid.example/x', protocol: 'cdp' })).toBe('cdp')
  })

  const faults: readonly [string, Endpoint, string][] = [
    ['no address', { connect: 'nonsense' }, 'is no http'],
    ['a file', { connect: 'file:///x' }, 'is no http'],
    ['Firefox over CDP', { connect: 'http://h:1', kind: 'firefox' }, 'does not speak CDP'],
    ['launch options for what runs already', { connect: 'http://h:1', launch: {} }, 'runs already'],
    ['a Playwright server over http', { connect: 'http://h:1', protocol: 'playwright' }, 'ws or wss'],
  ]
  it.each(faults)('is refused: %s', (_title, endpoint, says) => {
    expect(endpointFault(endpoint)).toContain(says)
  })

  it('is shown without what may be secret in it', () => {
    expect(shownEndpoint('wss://user:word@grid.example:1/a?key=secret#x')).toBe('wss://grid.example:1/a')
    expect(shownEndpoint('ws://h:1/devtools/browser/0-1-2')).toBe('ws://h:1/devtools/browser/…')
  })
})

describe('A page that its browser cannot reach', () => {
  it('is explained by the host’s address', () => {
    const cause = new Error('page.goto: net::ERR_CONNECTION_REFUSED at http://127.0.0.1:5/#token=x')
    const said = String(explain(cause, 'http://127.0.0.1:5/#token=x', 'ws://grid:3/'))
    expect(said).toContain('option host')
    expect(said).not.toContain('token')
  })

  it('keeps any other cause as it is', () => {
    const cause = new Error('Target crashed')
    expect(explain(cause, 'http://127.0.0.1:5/', 'ws://grid:3/')).toBe(cause)
  })
})

describe('Waits between attempts', () => {
  it('double from 0.2 s to 5 s', () => {
    expect([2, 3, 4, 5, 6, 7, 8].map(waitBefore)).toEqual([200, 400, 800, 1600, 3200, 5000, 5000])
  })
})
