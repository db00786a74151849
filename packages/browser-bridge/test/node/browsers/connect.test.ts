// A connection that is given up while it is made, to a driver that answers when the test says so.
import { Effect, Fiber } from 'effect'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { connect } from '../../../src/node/browsers/connect.ts'
import { until } from '../../rig/Rig.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('A connection that nobody waits for any more', () => {
  it('once its context is made, closes that and hangs up', async () => {
    const did: string[] = []
    const making = Promise.withResolvers<BrowserContext>()
    const driver: Partial<Browser> = {
      newContext: () => {
        did.push('asked for a context')
        return making.promise
      },
      close: async () => {
        did.push('hung up')
      },
    }
    vi.spyOn(chromium, 'connectOverCDP').mockResolvedValue(driver as Browser)
    const connecting = Effect.runFork(
      Effect.scoped(Effect.andThen(connect({ connect: 'http://127.0.0.1:9222' }), Effect.never)),
    )
    await until(async () => did.length > 0)
    await Effect.runPromise(Fiber.interrupt(connecting))
    const context: Partial<BrowserContext> = {
      close: async () => {
        did.push('closed the context')
      },
    }
    making.resolve(context as BrowserContext)
    await until(async () => did.includes('hung up'), 10_000)
    expect(did).toEqual(['asked for a context', 'closed the context', 'hung up'])
  })
})
