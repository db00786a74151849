import { describe, expect, it } from 'vitest'
import { choosePackage, isDebianLike, planBrowsers } from '../planBrowsers.mjs'

type Situation = Parameters<typeof planBrowsers>[0]

const debianRoot: Situation = {
  missing: ['chromium', 'firefox'],
  present: [],
  debian: true,
  root: true,
  ci: false,
  terminal: true,
  failedBefore: [],
}

describe('what to do about missing browsers', () => {
  it.each<[string, Partial<Situation>, ReturnType<typeof planBrowsers>]>([
    ['both there', { missing: [], present: ['chromium', 'firefox'] }, { _tag: 'Nothing' }],
    ['root of Debian at a terminal: ask', {}, { _tag: 'Apt', families: ['chromium', 'firefox'], ask: true }],
    ['CI: do not ask', { ci: true }, { _tag: 'Apt', families: ['chromium', 'firefox'], ask: false }],
    [
      'no terminal: do not ask',
      { terminal: false },
      { _tag: 'Apt', families: ['chromium', 'firefox'], ask: false },
    ],
    ['not root', { root: false }, { _tag: 'Playwright', families: ['chromium', 'firefox'] }],
    ['another system', { debian: false }, { _tag: 'Playwright', families: ['chromium', 'firefox'] }],
    [
      'one missing',
      { missing: ['firefox'], present: ['chromium'] },
      { _tag: 'Apt', families: ['firefox'], ask: true },
    ],
    [
      'one missing that could not be had lately: leave it',
      { missing: ['firefox'], present: ['chromium'], failedBefore: ['firefox'] },
      { _tag: 'KnownMissing', families: ['firefox'] },
    ],
    [
      'none at all, though neither could be had lately: try again',
      { failedBefore: ['chromium', 'firefox'] },
      { _tag: 'Apt', families: ['chromium', 'firefox'], ask: true },
    ],
  ])('%s', (_, difference, plan) => {
    expect(planBrowsers({ ...debianRoot, ...difference })).toEqual(plan)
  })

  it.each([
    ['Debian', { 'firefox-esr': '153.7.0esr-1~deb12u1', firefox: '(none)' }, 'firefox-esr'],
    ['Ubuntu, whose firefox is a snap', { firefox: '1:1snap1-0ubuntu5' }, undefined],
    ['a machine with its own repository', { firefox: '153.0~build1' }, 'firefox'],
    ['a machine without lists', {}, undefined],
  ])('takes a package that is one: %s', (_, versions: Record<string, string>, chosen) => {
    expect(choosePackage(['firefox-esr', 'firefox'], name => versions[name])).toBe(chosen)
  })

  it.each([
    ['ID=debian\nVERSION_ID="12"\n', true],
    ['NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', true],
    ['ID="fedora"\n', false],
    ['NAME="not debian"\n', false],
    ['', false],
  ])('knows Debian and its children by os-release: %j', (text, expected) => {
    expect(isDebianLike(text)).toBe(expected)
  })
})
