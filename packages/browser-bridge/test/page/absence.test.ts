import { expect, it } from 'vitest'
import { absence } from '../../src/page/probes/absence.ts'

it('what no page has over plain http is told as that, and not as a flag or a browser that lacks it', () => {
  expect(absence('navigator.ml', false)).toBe(
    'navigator.ml is kept from a page over plain http; serve it over https',
  )
  expect(absence('navigator.gpu', false)).not.toMatch(/flag|browser/)
})

it('what a secure page lacks is told as a flag or a browser that lacks it', () => {
  for (const what of ['navigator.gpu', 'navigator.ml'] as const)
    expect(absence(what, true)).toBe(`${what} is not there (flag off, or not in this browser)`)
})
