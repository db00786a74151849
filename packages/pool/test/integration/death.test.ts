import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { discover, processTree } from '@shoal/browser-bridge'
import { type SeededModel, writeSeededModel } from '@shoal/onnx'
import { Effect } from 'effect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserInfo, type PoolOptions, ResourcePool } from '../../src/index.ts'
import { textOf, until } from './requests.ts'

let folder: string
let bert: SeededModel

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-death-'))
  bert = await writeSeededModel({ architecture: 'bertEncoder', cacheDir: folder })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/**
 * One kind where the kind does not matter, the one that starts soonest: a Firefox takes ten times as long, and its own
 * death is the first test's.
 */
const quick: Pick<PoolOptions, 'browsers' | 'hub'> = {
  hub: false,
  ...((await Effect.runPromise(discover({ kinds: ['chromium'] }))).length > 0
    ? { browsers: ['chromium'] }
    : {}),
}

/** Zombies aside: they only wait for their parent to look at them. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
}

const withPid = (browser: BrowserInfo): number => {
  if (browser.pid === undefined) throw new Error(`${browser.id} has no process`)
  return browser.pid
}

/** The processes that this one has started, and theirs. */
const ownPids = async (): Promise<readonly number[]> => (await processTree(process.pid)).pids

const newPids = async (before: readonly number[]): Promise<readonly number[]> =>
  (await ownPids()).filter(pid => !before.includes(pid) && isAlive(pid))

/** A browser that is launched has a profile; one that is only asked its version has none. Where this cannot be seen: any process. */
const isLaunched = (pid: number): boolean => {
  if (process.platform !== 'linux') return true
  try {
    return /-(user-data-dir|profile)/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return false
  }
}

describe('SIGKILL of a browser with requests in flight', () => {
  it('loses none of them, answers each once, and brings the browser back with its models', async () => {
    await using pool = await ResourcePool.start({ minConnections: 2, maxConnections: 2, hub: false })
    const model = await pool.getModel({ name: bert.dir, type: 'graph' })
    await until(() =>
      Object.values(model.status().replicas).filter(r => r._tag === 'ready').length === 2 ? true : undefined,
    )

    // Long inputs, so that both browsers have work in hand when one of them dies.
    const answers = Array.from({ length: 60 }, () => model.run(textOf(256)))
    const victim = await until(() => pool.browsers().find(browser => browser.running > 0))
    const killed = withPid(victim)
    process.kill(killed, 'SIGKILL')

    const settled = await Promise.allSettled(answers)
    expect(settled.filter(result => result.status === 'rejected')).toEqual([])
    const { requests } = pool.metrics()
    expect(requests).toMatchObject({ accepted: 60, answered: 60, failed: 0, waiting: 0, running: 0 })
    expect(requests.rerun).toBeGreaterThan(0)

    const successor = await until(() =>
      pool
        .browsers()
        .find(({ id, pid, connections }) => id === victim.id && pid !== killed && connections.length > 0),
    )
    expect(withPid(successor)).not.toBe(killed)
    await until(() =>
      Object.values(model.status().replicas).filter(r => r._tag === 'ready').length === 2 ? true : undefined,
    )
    expect(pool.metrics().restarts.browsers).toBe(1)
  })
})

describe('close', () => {
  it('lets accepted requests end, takes no more, and leaves no process', async () => {
    const pool = await ResourcePool.start({ minConnections: 2, maxConnections: 2, ...quick })
    const model = await pool.getModel({ name: bert.dir, type: 'graph' })
    const trees = await Promise.all(pool.browsers().map(browser => processTree(withPid(browser))))
    const pids = trees.flatMap(tree => [...tree.pids])
    expect(pids.length).toBeGreaterThan(2)
    const answers = Array.from({ length: 8 }, () => model.run(textOf(128)))
    const closing = pool.close()
    await expect(model.run(textOf(8))).rejects.toMatchObject({ _tag: 'PoolClosed' })
    expect((await Promise.allSettled(answers)).every(result => result.status === 'fulfilled')).toBe(true)
    await closing
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('ends what does not end within its limit with PoolClosed', async () => {
    const pool = await ResourcePool.start({ maxConnections: 1, ...quick })
    const model = await pool.getModel({ name: bert.dir, type: 'graph' })
    const answers = Array.from({ length: 200 }, () => model.run(textOf(512)))
    const ends = Promise.allSettled(answers)
    await pool.close({ drainMs: 1 })
    const failed = (await ends).filter(result => result.status === 'rejected')
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.every(({ reason }) => reason._tag === 'PoolClosed')).toBe(true)
  })
})

describe('scaling', () => {
  it('starts a second connection, in another browser, while requests wait', async () => {
    await using pool = await ResourcePool.start({ minConnections: 1, maxConnections: 2, ...quick })
    expect(pool.metrics().connections).toBe(1)
    const model = await pool.getModel({ name: bert.dir, type: 'graph' })
    const stop = new AbortController()
    const load = Array.from({ length: 12 }, async () => {
      while (!stop.signal.aborted) await model.run(textOf(256))
    })
    await until(() => (pool.metrics().connections === 2 ? true : undefined))
    stop.abort()
    await Promise.all(load)
    expect(new Set(pool.browsers().map(browser => browser.id)).size).toBe(2)
  })
})

describe('scaling in', () => {
  it('drains and stops what is not needed any more, down to the minimum, and leaves no process of it', async () => {
    await using pool = await ResourcePool.start({
      maxConnections: 3,
      ...quick,
      scaling: { windowMs: 2000, surgeMs: 500, coolDownMs: 1000, reboundMs: 200 },
    })
    const model = await pool.getModel({ name: bert.dir, type: 'graph' })
    const load = Array.from({ length: 60 }, () => model.run(textOf(256)))
    await until(() => (pool.metrics().connections > 1 ? true : undefined))
    // One more may be on its way, and have no process yet.
    const all = pool.browsers().flatMap(({ pid }) => pid ?? [])
    await Promise.all(load)
    await until(() => (pool.metrics().connections === 1 && pool.browsers().length === 1 ? true : undefined))
    const [left] = pool.browsers()
    expect(all.filter(isAlive)).toEqual([left?.pid])
    await expect(model.run(textOf(16))).resolves.toMatchObject({ placement: { browserId: left?.id } })
    const { requests, scaling } = pool.metrics()
    expect(requests).toMatchObject({ accepted: 61, answered: 61, failed: 0 })
    expect(scaling.steps).toContainEqual(
      expect.objectContaining({ _tag: 'out', grounds: expect.objectContaining({ started: 1 }) }),
    )
    expect(scaling.steps.at(-1)).toMatchObject({
      _tag: 'in',
      target: 1,
      cause: 'idle',
      grounds: { waiting: 0 },
    })
  })
})

describe('start', () => {
  it('says which browser is missing and how to name one', async () => {
    await expect(ResourcePool.start({ browsers: ['edge'] })).rejects.toThrowError(
      /No edge was found.*SHOAL_EDGE/,
    )
  })

  it('refuses a port in use, and leaves nothing running', async () => {
    const before = await ownPids()
    const busy = createServer()
    await new Promise<void>(resolve => busy.listen(0, '127.0.0.1', resolve))
    const { port } = busy.address() as AddressInfo
    await expect(ResourcePool.start({ port, ...quick })).rejects.toMatchObject({ _tag: 'PortInUse' })
    await expect.poll(() => newPids(before), { timeout: 30_000 }).toEqual([])
    busy.close()
  })

  it.each([
    ['at once', false],
    ['while its browser starts', true],
  ])('stops when its signal fires %s, and leaves nothing running', async (_when, launched) => {
    const before = await ownPids()
    const controller = new AbortController()
    const starting = ResourcePool.start({ signal: controller.signal, ...quick })
    const ended = expect(starting).rejects.toThrowError('changed my mind')
    if (launched)
      await expect
        .poll(async () => (await newPids(before)).some(isLaunched), { timeout: 60_000, interval: 5 })
        .toBe(true)
    controller.abort(new Error('changed my mind'))
    await ended
    // What was asked for its version ends by itself.
    await expect.poll(() => newPids(before), { timeout: 30_000 }).toEqual([])
  })
})
