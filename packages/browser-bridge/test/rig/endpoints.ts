// Endpoints for tests: a Chromium with a debugging port, and `playwright run-server`. Both are processes of the test's
// own, started as a user would, and killed with everything that they started.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FoundBrowser } from '../../src/index.ts'
import type { Endpoint } from '../../src/node/browsers/Endpoint.ts'
import { killTree } from '../../src/node/browsers/processTree.ts'

export interface RunningEndpoint extends AsyncDisposable {
  readonly endpoint: Endpoint
  readonly pid: number
}

/** Starts a program, and waits until it has said something that matches. */
const saying = async (
  command: string,
  args: readonly string[],
  pattern: RegExp,
): Promise<{ pid: number; said: string }> => {
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const matched = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: unknown): void => {
      said += String(chunk)
      const found = pattern.exec(said)
      if (found !== null) resolve(found[1] ?? found[0])
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${command} ended with ${code}: ${said}`)))
  })
  if (child.pid === undefined) throw new Error(`${command} has no process`)
  return { pid: child.pid, said: matched }
}

/** A Chromium that anybody on this machine may hold over CDP. */
export const debuggedChromium = async (found: FoundBrowser): Promise<RunningEndpoint> => {
  const profile = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  const flags = ['--remote-debugging-port=0', `--user-data-dir=${profile}`, '--no-first-run', '--headless']
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const { pid, said } = await saying(
    found.executablePath,
    [...flags, ...sandbox, '--enable-unsafe-webgpu', 'about:blank'],
    /DevTools listening on (ws:\S+)/,
  )
  return {
    endpoint: { kind: 'chromium', connect: `http://${new URL(said).host}` },
    pid,
    [Symbol.asyncDispose]: async () => {
      await killTree(pid)
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    },
  }
}

const driver = createRequire(import.meta.url).resolve('playwright-core/package.json')

/** A server that starts `found` for whoever connects. */
export const runServer = async (found: FoundBrowser, port = 0): Promise<RunningEndpoint> => {
  const { pid, said } = await saying(
    process.execPath,
    [
      path.join(path.dirname(driver), 'cli.js'),
      'run-server',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--unsafe',
    ],
    /Listening on (ws:\S+)/,
  )
  const { executablePath, kind, source } = found
  const stock = kind === 'firefox' && source !== 'playwright' ? { channel: 'moz-firefox' } : {}
  return {
    endpoint: { kind, connect: said, launch: { executablePath, headless: true, ...stock } },
    pid,
    [Symbol.asyncDispose]: () => killTree(pid).then(() => undefined),
  }
}

/** A port that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise(done => server.close(done))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
