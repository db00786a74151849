import { expect, it } from 'vitest'
import { withinLimit } from '../../../src/node/browsers/withinLimit.ts'

it('gives what the work gives, its failure included', async () => {
  expect(await withinLimit(60_000, Promise.resolve(7))).toBe(7)
  await expect(withinLimit(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken')
})

it('rejects when the limit passes first, and disposes of what comes too late', async () => {
  const work = Promise.withResolvers<string>()
  const disposed = Promise.withResolvers<string>()
  await expect(withinLimit(0, work.promise, disposed.resolve)).rejects.toThrow('no answer within 0 s')
  work.resolve('late')
  expect(await disposed.promise).toBe('late')
})
