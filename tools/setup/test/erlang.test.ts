import { describe, expect, it } from 'vitest'
import { findErlang, planErlang } from '../erlang.mjs'

type Situation = Parameters<typeof planErlang>[0]

const debianRoot: Situation = {
  wanted: true,
  present: false,
  debian: true,
  root: true,
  ci: false,
  terminal: true,
  failedBefore: false,
}

describe('what to do about Erlang', () => {
  it.each<[string, Partial<Situation>, ReturnType<typeof planErlang>]>([
    ['not for tests: nothing', { wanted: false }, { _tag: 'Nothing' }],
    ['it is there: nothing', { present: true }, { _tag: 'Nothing' }],
    ['it could not be had lately: nothing', { failedBefore: true }, { _tag: 'Nothing' }],
    ['root of Debian at a terminal: ask', {}, { _tag: 'Apt', ask: true }],
    ['CI: do not ask', { ci: true }, { _tag: 'Apt', ask: false }],
    ['no terminal: do not ask', { terminal: false }, { _tag: 'Apt', ask: false }],
    ['not root: it cannot be', { root: false }, { _tag: 'CannotBe' }],
    ['another system: it cannot be', { debian: false }, { _tag: 'CannotBe' }],
  ])('%s', (_, difference, plan) => {
    expect(planErlang({ ...debianRoot, ...difference })).toEqual(plan)
  })

  it.each<[string, Record<string, string>, string | undefined]>([
    ['by environment, first', { SHOAL_ERL: '/my/erl', PATH: '/usr/bin' }, '/my/erl'],
    ['not by an environment that points nowhere', { SHOAL_ERL: '/gone', PATH: '/usr/bin' }, undefined],
    ['on the PATH', { PATH: '/usr/local/bin:/usr/bin' }, '/usr/bin/erl'],
    ['not where there is none', { PATH: '/usr/local/bin' }, undefined],
  ])('it is found %s', (_, env, path) => {
    const exists = (at: string) => at === '/my/erl' || at === '/usr/bin/erl'
    expect(findErlang({ env, exists })).toBe(path)
  })
})
