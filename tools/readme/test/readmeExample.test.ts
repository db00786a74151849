import { describe, expect, it } from 'vitest'
import { firstExample } from '../readmeExample.ts'

describe("a README's example", () => {
  it.each([
    [
      'the first ts block',
      '# A\n```sh\nnpm i\n```\n```ts\nconst a = 1\n```\n```ts\nconst b = 2\n```\n',
      'const a = 1\n',
    ],
    ['one whose fence says more', '```ts title="x"\na()\n```\n', 'a()\n'],
    ['none', '# A\n```sh\nnpm i\n```\n', undefined],
  ])('is %s', (_, markdown, expected) => {
    expect(firstExample(markdown)).toBe(expected)
  })
})
