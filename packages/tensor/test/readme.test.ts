import { fileURLToPath } from 'node:url'
import { runReadmeExample } from '@shoal/tools/readme'
import { expect, it } from 'vitest'

it('the example of the README runs, and says what it promises', async () => {
  const output = await runReadmeExample(fileURLToPath(new URL('../README.md', import.meta.url)))
  expect(output).toBe('dims [1, 3, 5] hold 15 elements, data has 12 128 8\n')
})
