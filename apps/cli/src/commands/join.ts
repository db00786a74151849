// `shoal join`: a pool that lives by the devices that join it. It shows an address and its QR code, waits, and says who
// comes, rests and goes. It runs no model: `shoal run --join` does. Ctrl-C sends them home, and is how it ends.

import { rename, rm, writeFile } from 'node:fs/promises'
import { type DeviceInfo, type PoolJoin, ResourcePool } from '@shoal/pool'
import { interruptible, isCtrlC } from '../interrupt.ts'
import { changesOf, closingLine, type SeenDevice, summaryOf } from '../join/deviceLines.ts'
import { showAddress } from '../join/showAddress.ts'
import { expectWritable } from '../output/OutputUnwritable.ts'
import { Progress } from '../output/Progress.ts'
import { rest } from '../rest.ts'

export interface JoinOptions {
  readonly host: string
  readonly port?: number
  readonly name?: readonly string[]
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly reusable: boolean
  /** Minutes. */
  readonly expires: number
  readonly maxDevices: number
  /** Seconds. */
  readonly for?: number
  readonly addressFile?: string
  readonly cache?: string
  readonly json: boolean
}

/** What `--json` prints when it is over. */
interface Report {
  readonly origin: string
  /** Where devices joined, and until when: milliseconds since 1970. */
  readonly address: { readonly url: string; readonly expiresAt: number }
  readonly warnings: readonly string[]
  readonly devices: readonly SeenDevice[]
  readonly refusals: Readonly<Record<string, number>>
}

/** Between two looks at the devices. */
const lookMs = 250

export async function join(options: JoinOptions): Promise<number> {
  const progress = new Progress()
  const { addressFile } = options
  if (addressFile !== undefined) {
    await expectWritable('--address-file', addressFile)
    // Of an earlier run: whoever waits for the file would take its address.
    await rm(addressFile, { force: true })
  }
  return await interruptible(signal => serve(options, progress, signal), 'closing; devices are sent home')
}

async function serve(options: JoinOptions, progress: Progress, signal: AbortSignal): Promise<number> {
  const { host, port, name, tlsCert, tlsKey, maxDevices, cache, reusable, expires } = options
  await using pool = await ResourcePool.start({
    maxConnections: 0,
    signal,
    join: {
      host,
      maxDevices,
      ...(port === undefined ? {} : { port }),
      ...(name === undefined ? {} : { names: name }),
      ...(tlsCert === undefined || tlsKey === undefined ? {} : { tls: { cert: tlsCert, key: tlsKey } }),
    },
    ...(cache === undefined ? {} : { cache }),
  })
  const door = pool.join
  if (door === undefined) throw new Error('a pool with a door has none')
  const { url, expiresAt } = showAddress(door, { reusable, expiresMs: expires * 60_000 }, progress)
  if (options.addressFile !== undefined) await writeAddress(options.addressFile, url)
  const seen = await watch(door, progress, options.for, signal)
  progress.end()
  const report: Report = {
    origin: door.origin,
    address: { url, expiresAt },
    warnings: door.warnings,
    devices: seen,
    refusals: door.refusals(),
  }
  process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : closingLine(seen)}\n`)
  if (!isCtrlC(signal)) signal.throwIfAborted()
  return 0
}

/** Its address lets devices in, so nobody else may read it; whoever waits for the file finds it whole. */
async function writeAddress(file: string, url: string): Promise<void> {
  const coming = `${file}.${process.pid}`
  await writeFile(coming, `${url}\n`, { mode: 0o600 })
  await rename(coming, file)
}

/** Says what changes until it is over; gives everybody who was there, as they were last seen. */
async function watch(
  door: PoolJoin,
  progress: Progress,
  seconds: number | undefined,
  signal: AbortSignal,
): Promise<readonly SeenDevice[]> {
  const all = new Map<string, DeviceInfo>()
  const endAt = seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1000
  let before: readonly DeviceInfo[] = []
  while (performance.now() < endAt && !signal.aborted) {
    const now = door.devices()
    for (const line of changesOf(before, now)) progress.say(line)
    for (const device of now) all.set(device.id, device)
    progress.show(summaryOf(now))
    before = now
    await rest(lookMs, signal)
  }
  const here = new Set(before.map(({ id }) => id))
  return [...all.values()].map(device => ({ ...device, left: !here.has(device.id) }))
}
