import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runReadmeExample } from '@shoal/tools/readme'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const readme = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url))

let cache: string

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'shoal-readme-'))
})

afterAll(() => rm(cache, { recursive: true, force: true }))

describe('the example in', () => {
  it('the pool’s README answers, and says why it ran where it did', async () => {
    const printed = await runReadmeExample(readme('packages/pool/README.md'), { env: { SHOAL_CACHE: cache } })
    expect(printed).toMatch(/\d+\.\d ms expected/)
  })

  it('the README of the whole answers one request, and two at once', async () => {
    const printed = await runReadmeExample(readme('README.md'), { env: { SHOAL_CACHE: cache } })
    expect(printed).toMatch(/wasm|webgpu/)
    expect(printed).toMatch(/\[ 'fulfilled', 'fulfilled' \]/)
  })
})
