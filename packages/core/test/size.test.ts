import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bundle } from './bundle.ts'

/** Bytes. What core may cost a page that has effect and xstate already. */
const budget = 24_000

test(`core without effect and xstate is at most ${budget} bytes, compressed by gzip`, async () => {
  const door = fileURLToPath(new URL('../src/index.ts', import.meta.url))
  const code = await bundle(door, id => /^(effect|xstate)($|\/)/.test(id))
  const imported = [...code.matchAll(/from\s*"([^"]+)"/g)].map(([, name]) => name)
  expect(new Set(imported)).toEqual(new Set(['effect', 'xstate']))
  const bytes = gzipSync(code).byteLength
  process.stderr.write(`core: ${bytes} bytes gzip, of ${budget}\n`)
  expect(bytes).toBeLessThanOrEqual(budget)
})
