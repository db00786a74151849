// Whose browser it is, and which processes are it: decided on made-up process tables.
import { describe, expect, it } from 'vitest'
import type { ProfileMarker } from '../../../src/node/browsers/Profile.ts'
import type { ProcessInfo } from '../../../src/node/browsers/processTable.ts'
import { membersOf } from '../../../src/node/browsers/processTree.ts'
import { judge, survivorsOf, type Verdict } from '../../../src/node/browsers/reapOrphans.ts'

const profile = '/tmp/shoal-profiles-0/chromium-abc'
const marker: ProfileMarker = {
  version: 1,
  profile,
  boot: 'boot-1',
  namespace: 'pid:[1]',
  host: { pid: 100, startTime: '5000' },
  browser: { pid: 200, startTime: '6000' },
}
const one = (pid: number, parent: number, startTime: string, ...command: string[]): ProcessInfo => ({
  pid,
  parent,
  session: pid >= 200 && pid < 300 ? 200 : pid,
  startTime,
  command,
})
const host = one(100, 1, '5000', 'node', 'host.ts')
const shell = one(200, 1, '6000', '/bin/sh', '/usr/bin/chromium-headless-shell', `--user-data-dir=${profile}`)
const browser = one(201, 200, '6001', '/usr/lib/chromium', `--user-data-dir=${profile}`)
const renderer = one(202, 201, '6002', '/usr/lib/chromium', '--type=renderer')
const stranger = one(400, 1, '6000', '/usr/bin/chromium', '--user-data-dir=/home/me/profile')
const world = (...table: ProcessInfo[]) => ({ boot: 'boot-1', namespace: 'pid:[1]', table })

describe('A profile', () => {
  const cases: [string, Partial<ProfileMarker>, ProcessInfo[], Verdict][] = [
    ['whose host lives is left alone', {}, [host, shell], 'live'],
    ['whose host is gone is an orphan', {}, [shell], 'orphan'],
    [
      'whose host’s number belongs to somebody else by now is an orphan',
      {},
      [one(100, 1, '9999', 'vim')],
      'orphan',
    ],
    ['is left alone where no process can be seen: its host may live', {}, [], 'live'],
    [
      'that was made when its host could not be looked up goes by the number alone',
      { host: { pid: host.pid, startTime: '' } },
      [host],
      'live',
    ],
    [
      'from before the last boot is an orphan, whoever has the host’s number',
      { boot: 'boot-0' },
      [host],
      'orphan',
    ],
    [
      'from another process namespace is left alone: its host cannot be seen',
      { namespace: 'pid:[2]' },
      [],
      'foreign',
    ],
  ]
  it.each(cases)('%s', (_title, change, table, verdict) => {
    expect(judge({ ...marker, ...change }, world(...table))).toBe(verdict)
  })
})

describe('The survivors of an orphan', () => {
  const pids = (found: readonly ProcessInfo[]): number[] => found.map(info => info.pid).sort((a, b) => a - b)

  it('are the browser and everything below it, and nobody else', () => {
    expect(pids(survivorsOf(marker, world(shell, browser, renderer, stranger, host)))).toEqual([
      200, 201, 202,
    ])
  })

  it('are found by the profile alone where the host died before it learned the number', () => {
    const { browser: _, ...young } = marker
    expect(pids(survivorsOf(young, world(shell, browser, renderer, stranger)))).toEqual([200, 201, 202])
  })

  it('are not whoever has the browser’s number by now', () => {
    const heir = { ...one(200, 1, '7777', 'postgres'), session: 200 }
    const itsChild = { ...one(250, 200, '7778', 'postgres'), session: 200 }
    expect(survivorsOf(marker, world(heir, itsChild))).toEqual([])
  })

  it('are not whoever has both the number and the time, but another profile', () => {
    expect(
      survivorsOf(marker, world(one(200, 1, '6000', 'chromium', `--user-data-dir=${profile}-2`))),
    ).toEqual([])
  })

  it('are none after a reboot', () => {
    expect(survivorsOf({ ...marker, boot: 'boot-0' }, world(shell, browser))).toEqual([])
  })
})

describe('A process tree', () => {
  it('keeps a child whose parent died, by its session', () => {
    const orphan = { ...renderer, parent: 1 }
    expect(membersOf(200, [shell, orphan, stranger]).map(info => info.pid)).toEqual([200, 202])
  })

  it('does not loop on a table that was read while it changed', () => {
    const a = { ...one(201, 202, '1'), session: 0 }
    const b = { ...one(202, 201, '1'), session: 0 }
    expect(membersOf(201, [a, b]).map(info => info.pid)).toEqual([201, 202])
  })
})
