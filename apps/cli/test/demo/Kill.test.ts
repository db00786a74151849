import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { BrowserInfo, PoolMetrics, RunAnswer } from '@shoal/pool'
import { afterEach, describe, expect, it } from 'vitest'
import { Kill } from '../../src/demo/Kill.ts'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A process of its own that only death ends, as a browser of a pool that says so. */
function browser(
  id: string,
  running: number,
): { readonly info: BrowserInfo; readonly died: Promise<unknown> } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'], { stdio: 'ignore' })
  children.push(child)
  const info: BrowserInfo = {
    id,
    kind: 'chromium',
    version: '1.0',
    pid: child.pid,
    connections: [`${id}.1`],
    running,
    isSpare: false,
  }
  return { info, died: once(child, 'exit') }
}

/** A pool of these, of which so many requests have been run again. */
class PoolOf {
  rerun = 0
  list: BrowserInfo[]

  constructor(list: BrowserInfo[]) {
    this.list = list
  }

  browsers(): BrowserInfo[] {
    return this.list
  }

  metrics(): PoolMetrics {
    return { requests: { rerun: this.rerun } } as PoolMetrics
  }
}

const answerOf = (browserId: string) => ({ placement: { browserId } }) as RunAnswer

describe('the demo’s kill', () => {
  it('kills the browser that has most in flight, and is over when its successor answers and a request ran again', async () => {
    const [idle, one, many] = [browser('a', 0), browser('b', 1), browser('c', 3)]
    const pool = new PoolOf([idle.info, one.info, many.info])
    const kill = new Kill(pool)
    const strike = kill.strike(0, new AbortController().signal)
    await many.died
    expect(kill.killed).toMatchObject({ browser: 'c', pid: many.info.pid, inFlight: 3 })
    kill.sawAnswer(answerOf('b'))
    kill.sawAnswer(answerOf('c'))
    expect(kill.recoveryMs).toBeUndefined()
    pool.rerun = 3
    pool.list = [idle.info, one.info, browser('c', 0).info]
    kill.sawAnswer(answerOf('c'))
    await strike
    expect(kill.recoveryMs).toBeGreaterThan(0)
    expect(kill.isOpen).toBe(false)
  })

  it('kills another where all that the first had in flight was answered', async () => {
    const first = browser('a', 1)
    const pool = new PoolOf([first.info])
    const kill = new Kill(pool)
    const strike = kill.strike(0, new AbortController().signal)
    await first.died
    const second = browser('a', 2)
    pool.list = [second.info]
    kill.sawAnswer(answerOf('a'))
    expect(kill.isOpen).toBe(true)
    await second.died
    expect(kill.killed).toMatchObject({ pid: second.info.pid, inFlight: 2 })
    expect(kill.recoveryMs).toBeUndefined()
    pool.rerun = 2
    pool.list = [browser('a', 0).info]
    kill.sawAnswer(answerOf('a'))
    await strike
    expect(kill.isOpen).toBe(false)
  })

  it('ends with the run, whatever it waits for', async () => {
    const over = new AbortController()
    const only = browser('a', 1)
    const strikes = [
      new Kill(new PoolOf([])).strike(60_000, over.signal),
      new Kill(new PoolOf([])).strike(0, over.signal),
      new Kill(new PoolOf([only.info])).strike(0, over.signal),
    ]
    await only.died
    over.abort()
    await Promise.all(strikes)
  })
})
