// What a user's choice of browsers comes to, and what of it is refused at the door.

import { Effect } from 'effect'
import { describe, expect, it } from 'vitest'
import { type BrowserChoice, findSources, named } from '../../src/fleet/browserSources.ts'

const sources = (browsers: readonly BrowserChoice[], headless = true) =>
  Effect.runPromise(findSources({ browsers, headless }))
const refusal = (browsers: readonly BrowserChoice[], headless = true) =>
  Effect.runPromise(Effect.flip(findSources({ browsers, headless })))

describe('Sources', () => {
  it('have names of their own, also where several are of a kind', async () => {
    const found = await sources([
      { connect: 'http://127.0.0.1:9222' },
      { connect: 'ws://127.0.0.1:3000/' },
      { connect: 'ws://127.0.0.1:3001/', kind: 'firefox' },
    ])
    expect(found.map(({ name, kind, isOne }) => [name, kind, isOne])).toEqual([
      ['chromium', 'chromium', true],
      ['chromium2', 'chromium', false],
      ['firefox', 'firefox', false],
    ])
  })

  it('by a path are launched with the options that stand beside it', async () => {
    const [source] = await sources([{ kind: 'chrome', executablePath: process.execPath, webnn: false }])
    expect(source).toMatchObject({ name: 'chrome', launch: { headless: true, webnn: false } })
    expect(source?.source).toMatchObject({ executablePath: process.execPath, source: 'environment' })
  })

  it('may be executables as they were found', () => {
    const found = {
      kind: 'edge',
      executablePath: '/e',
      headlessShell: false,
      version: '1',
      channel: 'stable',
      source: 'path',
    } as const
    expect(named(found)).toMatchObject({ name: 'edge', version: '1', launch: {} })
    expect(named(named(found))).toEqual(named(found))
  })
})

describe('Refused at the door', () => {
  it.each([
    [
      'an executable that is not there',
      [{ kind: 'edge', executablePath: '/no/such' }],
      'NoBrowser',
      '/no/such',
    ],
    ['a channel that is not there', [{ kind: 'chromium', channel: 'canary' }], 'NoBrowser', 'canary'],
    ['Firefox over CDP', [{ kind: 'firefox', connect: 'http://h:1' }], 'InvalidOption', 'run-server'],
    ['no address', [{ connect: 'nonsense' }], 'InvalidOption', 'is no http'],
    [
      'an option that the browser cannot have',
      [{ kind: 'chrome', executablePath: process.execPath, driver: 'plain' }],
      'UnsupportedOption',
      'only Firefox',
    ],
  ] as const)('%s', async (_title, browsers, tag, says) => {
    const error = await refusal(browsers as readonly BrowserChoice[])
    expect(error._tag).toBe(tag)
    expect(error.message).toContain(says)
  })
})
