import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { temporaryFolder } from './temporaryFolder.ts'

const cacheDir = temporaryFolder()

test('the example of the README runs, and does what its comments say', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1]
  if (example === undefined) throw new Error('the README has no example')
  // Beside this test, so that its imports resolve as a user's do.
  const file = fileURLToPath(new URL(`./readme-example-${process.pid}.ts`, import.meta.url))
  await writeFile(file, `${example}\nexport const shown = { bert, inputs, outputs, same, matches, reason }\n`)
  vi.stubEnv('SHOAL_CACHE', cacheDir)
  try {
    const { shown } = await import(/* @vite-ignore */ file)
    expect(shown.bert.dir.startsWith(cacheDir)).toBe(true)
    expect(shown.inputs[0]).toEqual({
      name: 'input_ids',
      dtype: 'int64',
      dims: ['batch_size', 'sequence_length'],
    })
    expect(shown.outputs).toHaveLength(1)
    expect([shown.same, shown.matches]).toEqual([true, false])
    expect(shown.reason).toMatch(/cosine|difference/)
  } finally {
    vi.unstubAllEnvs()
    await rm(file)
  }
})
