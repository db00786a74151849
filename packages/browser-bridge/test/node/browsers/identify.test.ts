import { expect, it } from 'vitest'
import { identify } from '../../../src/node/browsers/identify.ts'

const host = 100
const profile = '/tmp/p'
const one = (pid: number, parent: number, ...command: string[]) => ({
  pid,
  parent,
  session: pid,
  startTime: '1',
  command: [...command, `--user-data-dir=${profile}`],
})

it('takes the process that was spawned for the browser, unless it is a script that waits for it', () => {
  const browser = one(201, host, '/usr/lib/chromium')
  const renderer = one(202, 201, '/usr/lib/chromium', '--type=renderer')
  expect(identify(profile, host, [renderer, browser])).toEqual({ root: browser, main: browser })
  const script = one(200, host, '/bin/sh', '/usr/bin/chromium')
  const below = { ...browser, parent: 200 }
  expect(identify(profile, host, [renderer, below, script])).toEqual({ root: script, main: below })
})

it('finds nothing where no process names the profile', () => {
  expect(identify('/tmp/other', host, [one(201, host, '/usr/lib/chromium')])).toBeUndefined()
})
