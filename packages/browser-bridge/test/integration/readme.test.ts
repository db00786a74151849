import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { installed } from '../rig/installed.ts'

test.skipIf(installed.length === 0)(
  `the example of the README runs, and does what its comment says${installed.length === 0 ? ' (skipped: no browser here)' : ''}`,
  async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
    const example = /```ts\n(.*?)```/s.exec(readme)?.[1]
    if (example === undefined) throw new Error('the README has no example')
    // Beside this test, so that its imports resolve as a user's do.
    const file = fileURLToPath(new URL(`./readme-example-${process.pid}.ts`, import.meta.url))
    await writeFile(file, `${example}\nexport const shown = answer\n`)
    try {
      const { shown } = await import(/* @vite-ignore */ file)
      expect(shown).toMatch(/^\w+ [\d.]+: wasm, \d+ threads$/)
    } finally {
      await rm(file)
    }
  },
)
