// What is said of a Firefox's sandbox, from what the kernel says of its processes.
import { expect, it } from 'vitest'
import { filtersOf, holdsPages, judgeSandbox } from '../../src/doctor/firefoxSandbox.ts'

const status = (lines: string) =>
  `Name:\tfirefox-esr\nNoNewPrivs:\t0\n${lines}Speculation_Store_Bypass:\tvulnerable\n`

it('A process is known by the filters that the kernel counts on it', () => {
  expect(filtersOf(status('Seccomp:\t2\nSeccomp_filters:\t1\n'))).toBe(1)
  expect(filtersOf(status('Seccomp:\t0\nSeccomp_filters:\t0\n'))).toBe(0)
  expect(filtersOf(status('Seccomp:\t2\n')), 'a kernel before 5.9').toBeUndefined()
  expect(filtersOf(''), 'a process that has ended').toBeUndefined()
})

it('A process that holds pages is known by its command, in one word or many', () => {
  expect(holdsPages(['/usr/lib/firefox/firefox -contentproc -isForBrowser -prefsHandle 0 9 tab'])).toBe(true)
  expect(holdsPages(['/usr/lib/firefox/firefox', '-contentproc', '-isForBrowser', 'tab'])).toBe(true)
  expect(holdsPages(['/usr/lib/firefox/firefox', '-contentproc', '-ipcHandle', '1', 'socket'])).toBe(false)
})

it.each([
  ['pages with a filter of their own', 0, [1, 1], 'on'],
  ['pages with one more than their container’s', 1, [2, 2], 'on'],
  ['a page that is just starting beside one that has a filter', 0, [0, 1], 'on'],
  ['pages without any', 0, [0, 0], 'off'],
  ['pages with their container’s alone', 1, [1], 'off'],
  ['no page to look at', 0, [], 'not known'],
  ['pages that have ended meanwhile', 0, [undefined], 'not known'],
  ['a kernel that does not count', undefined, [undefined], 'not known'],
] as const)('A Firefox with %s', (_title, browser, pages, sandbox) => {
  expect(judgeSandbox(browser, pages)).toBe(sandbox)
})
