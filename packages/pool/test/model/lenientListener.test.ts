// What becomes of a caller's onProgress that throws.
import { expect, it, vi } from 'vitest'
import { lenientListener } from '../../src/model/lenientListener.ts'

it('is called until it throws, which is said once and ends nothing', () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const heard: string[] = []
  const listener = lenientListener(loading => {
    heard.push(loading._tag)
    if (heard.length === 2) throw new TypeError('no such bar')
  })
  for (let n = 0; n < 5; n++) listener({ _tag: 'stage', stage: 'loading' })
  expect([heard.length, warned.mock.calls.length]).toEqual([2, 1])
  expect(warned.mock.calls[0]?.[0]).toMatchObject({
    name: 'ShoalWarning',
    message: 'The onProgress of getModel threw and is not called again: no such bar',
  })
  warned.mockRestore()
})
