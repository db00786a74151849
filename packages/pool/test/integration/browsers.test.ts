// Real browsers as a pool's user chooses them: how many pages each holds, and one that runs already.

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { discover } from '@shoal/browser-bridge'
import { Effect } from 'effect'
import { describe, expect, it } from 'vitest'
import { ResourcePool } from '../../src/index.ts'

const found = (await Effect.runPromise(discover({ kinds: ['chromium'] }))).at(0)
const title = found ? 'A pool of Chromium' : 'A pool of Chromium (skipped: it is not installed here)'

describe.skipIf(found === undefined)(title, () => {
  it('puts the second connection into a second browser, and from the third on fills pages up to pagesPerBrowser', async () => {
    await using pool = await ResourcePool.start({
      browsers: ['chromium'],
      minConnections: 5,
      maxConnections: 5,
      pagesPerBrowser: 2,
      hub: false,
    })
    const pages = pool.browsers().map(({ connections }) => connections.length)
    expect(pages.toSorted()).toEqual([1, 2, 2])
  })

  it('holds one that runs already, and leaves it running', async () => {
    const profile = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const flags = ['--remote-debugging-port=0', `--user-data-dir=${profile}`, '--headless', ...sandbox]
    // A group of its own: what is started may be a script whose child is the browser.
    const running = spawn(found?.executablePath ?? '', flags, {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    const gone = new Promise(resolve => running.once('exit', resolve))
    let said = ''
    const address = await new Promise<string>(resolve => {
      running.stderr.on('data', chunk => {
        said += chunk
        const [, url] = /DevTools listening on (ws:\S+)/.exec(said) ?? []
        if (url !== undefined) resolve(url)
      })
    })
    {
      await using pool = await ResourcePool.start({
        browsers: [{ connect: address }],
        minConnections: 2,
        maxConnections: 2,
        hub: false,
      })
      // One browser is there, so both pages are in it.
      expect(pool.browsers()).toMatchObject([{ id: 'chromium-1', pid: undefined }])
      expect(pool.browsers()[0]?.connections.toSorted()).toEqual(['chromium-1.1', 'chromium-1.2'])
    }
    expect(running.exitCode).toBeNull()
    if (running.pid !== undefined) process.kill(-running.pid, 'SIGKILL')
    await gone
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })
})
