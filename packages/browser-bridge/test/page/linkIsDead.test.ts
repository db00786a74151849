// When main gives its link worker up.
import { expect, it } from 'vitest'
import { linkIsDead } from '../../src/page/linkIsDead.ts'

it.each<[string, number, number | undefined, number, boolean]>([
  ['speaks', 60_000, 59_000, 59_000, false],
  ['has been silent for ten seconds and a bit', 60_000, 49_900, 59_000, true],
  ['has been silent for not quite ten seconds', 60_000, 50_100, 59_000, false],
  ['has not said its first word for half a minute', 30_100, undefined, 29_100, true],
  ['may still be loading', 29_900, undefined, 28_900, false],
  ['was not asked while main stood still', 60_000, 20_000, 20_000, false],
])('A link worker that %s: at %i ms, heard at %s, looked at %i', (_what, now, heardAt, lookedAt, dead) => {
  expect(linkIsDead(now, { startedAt: 0, heardAt, lookedAt })).toBe(dead)
})
