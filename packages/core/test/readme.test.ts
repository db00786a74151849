import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'

test('the example of the README runs, and does what its comments say', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1]
  if (example === undefined) throw new Error('the README has no example')
  // Beside this test, so that its imports resolve as a user's do.
  const file = fileURLToPath(new URL(`./readme-example-${process.pid}.ts`, import.meta.url))
  await writeFile(file, `${example}\nexport const shown = { failed, answer }\n`)
  // The failure on purpose is logged to standard error.
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  try {
    const { shown } = await import(/* @vite-ignore */ file)
    expect(shown.failed).toMatchObject({ _tag: 'ActorFailed', error: { name: 'RangeError' } })
    expect(shown.answer).toBe(2n)
    expect(log.mock.calls.join()).toContain('/worker failed: RangeError: Division by zero')
  } finally {
    log.mockRestore()
    await rm(file)
  }
})
