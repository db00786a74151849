// The channel between link worker and lane: whatever way a message takes, port or ring, it comes once and in order.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { joinChunks } from '@shoal/tensor'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FromLane, ToLane } from '../../src/page/innerMessages.ts'
import { LaneChannel } from '../../src/page/LaneChannel.ts'
import { lanePacking, linkPacking } from '../../src/page/laneEntries.ts'
import { mostRingBytes, Ring, ringBytes } from '../../src/page/Ring.ts'

const open: ToLane = {
  kind: 'open',
  lane: 1,
  backend: 'wasm',
  threads: 1,
  beatMs: 1_000,
  limits: { maxFrameBytes: 1, maxHeaderBytes: 1, maxTensors: 1 },
  filesUrl: '/',
  runtimeUrl: '/',
}

/** Both ends in one thread; each gives what has come, once so much has. */
function joined(shared: boolean) {
  const { port1, port2 } = new MessageChannel()
  const [atLink, atLane]: [FromLane[], ToLane[]] = [[], []]
  let look = () => {}
  const memory = shared ? new SharedArrayBuffer(2 * ringBytes) : undefined
  const take =
    <M>(to: M[]) =>
    (message: M) => {
      to.push(message)
      look()
    }
  const broken: string[] = []
  const broke = (who: string) => (reason: string) => {
    broken.push(`${who}: ${reason}`)
    look()
  }
  const link = new LaneChannel<ToLane, FromLane>(port1, linkPacking, {
    receive: take(atLink),
    broke: broke('link'),
    memory,
  })
  const lane = new LaneChannel<FromLane, ToLane>(port2, lanePacking, {
    receive: take(atLane),
    broke: broke('lane'),
  })
  const until = (condition: () => boolean) =>
    new Promise<void>(resolve => {
      look = () => {
        if (condition()) resolve()
      }
      look()
    })
  const close = () => {
    link.close()
    lane.close()
  }
  return { link, lane, atLink, atLane, broken, memory, port2, until, close }
}

const end = (id: number, length: number): FromLane => ({
  kind: 'end',
  id,
  succeeded: id % 2 === 0,
  parts: [new Uint8Array(length).fill(id), new Uint8Array(3)],
})
const sizes = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 2_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: mostRingBytes - 8, max: mostRingBytes + 8 }) },
)

describe.each([
  ['with memory that both ends share', true],
  ['through the port alone', false],
])('a lane’s channel %s', (_name, shared) => {
  it('gives on each message whole, once and in order, both ways', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sizes, { minLength: 1, maxLength: 40 }), async lengths => {
        const { link, lane, atLink, atLane, until, close } = joined(shared)
        link.post(open)
        await until(() => atLane.length === 1)
        for (const [at, length] of lengths.entries()) {
          const frame = new Uint8Array(length).fill(at).buffer
          link.post(frame, [frame])
          lane.post(end(at, length))
          if (at % 5 === 0) lane.post({ kind: 'turn' })
        }
        link.post({ kind: 'turned' })
        lane.post({ kind: 'begin', id: 7 })
        const turns = Math.ceil(lengths.length / 5)
        await until(
          () => atLane.length === lengths.length + 2 && atLink.length === lengths.length + turns + 1,
        )
        close()
        expect(atLane.at(0)).toEqual(open)
        expect(atLane.at(-1)).toEqual({ kind: 'turned' })
        for (const [at, length] of lengths.entries()) {
          const frame = atLane[at + 1]
          if (!(frame instanceof ArrayBuffer)) throw new Error('no frame')
          expect(Buffer.compare(new Uint8Array(frame), new Uint8Array(length).fill(at))).toBe(0)
        }
        const ends = atLink.filter(message => message.kind === 'end')
        expect(ends.map(({ id, succeeded }) => [id, succeeded])).toEqual(
          lengths.map((_, at) => [at, at % 2 === 0]),
        )
        for (const [at, { parts }] of ends.entries()) {
          const bytes = joinChunks([...parts])
          expect(bytes.length).toBe((lengths[at] ?? 0) + 3)
          expect(bytes[0]).toBe(lengths[at] === 0 ? 0 : at)
        }
        expect(atLink.at(-1)).toEqual({ kind: 'begin', id: 7 })
      }),
      { numRuns: 15 },
    )
  })

  it('carries more at once than a ring has room for', async () => {
    const { link, atLane, until, close } = joined(shared)
    link.post(open)
    for (let at = 0; at < 300; at++) {
      const frame = new Uint8Array(8_000).fill(at).buffer
      link.post(frame, [frame])
    }
    await until(() => atLane.length === 301)
    close()
    const firsts = atLane.flatMap(message =>
      message instanceof ArrayBuffer ? [new Uint8Array(message)[0]] : [],
    )
    expect(firsts).toEqual(Array.from({ length: 300 }, (_, at) => at % 256))
  })

  it('goes on after a message that could not be posted, as if it had never been', async () => {
    const { link, lane, atLink, atLane, until, close } = joined(shared)
    const wrong = { kind: 'fatal', error: () => {} } as unknown
    // The first one brings the rings.
    expect(() => link.post(wrong as ToLane)).toThrow('could not be cloned')
    link.post(open)
    link.post({ kind: 'turned' })
    await until(() => atLane.length === 2)
    lane.post({ kind: 'turn' })
    expect(() => lane.post(wrong as FromLane)).toThrow('could not be cloned')
    lane.post({ kind: 'turn' })
    lane.post({ kind: 'begin', id: 7 })
    await until(() => atLink.length === 3)
    close()
    expect(atLane).toEqual([open, { kind: 'turned' }])
    expect(atLink).toEqual([{ kind: 'turn' }, { kind: 'turn' }, { kind: 'begin', id: 7 }])
  })

  it('says that it broke where a message cannot be read, hears nothing more and can still say so', async () => {
    const { link, lane, atLink, atLane, broken, port2, until, close } = joined(shared)
    link.post(open)
    await until(() => atLane.length === 1)
    port2.dispatchEvent(new Event('messageerror'))
    await until(() => broken.length === 1)
    link.post({ kind: 'turned' })
    link.post({ kind: 'sayOpened' })
    lane.post({ kind: 'begin', id: 7 })
    await until(() => atLink.length === 1)
    port2.dispatchEvent(new Event('messageerror'))
    close()
    expect(broken).toEqual([expect.stringMatching(/^lane: .*could not be read/)])
    expect(atLane).toEqual([open])
  })

  it('gives nothing on once it is closed', async () => {
    const { link, lane, atLink, atLane, until, close } = joined(shared)
    link.post(open)
    await until(() => atLane.length === 1)
    lane.post(end(1, 10))
    link.close()
    link.post(new ArrayBuffer(8))
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    expect(atLink).toEqual([])
    close()
  })
})

it('a lane’s channel breaks by what stands in its ring and is no message', async () => {
  const { link, atLane, broken, memory, until, close } = joined(true)
  link.post(open)
  await until(() => atLane.length === 1)
  if (memory === undefined) throw new Error('no memory')
  new Ring(memory, 0).put({ number: 1, kind: 99, id: 0 }, [])
  await until(() => broken.length === 1)
  close()
  expect(broken).toEqual([expect.stringMatching(/^lane: .*kind 99/)])
})

it('a lane’s channel from a thread of its own gives on each message whole and in order', async () => {
  const lengths = Array.from({ length: 2_000 }, (_, at) =>
    at % 11 === 0 ? mostRingBytes - 8 + (at % 17) : (at * 7_919) % 6_000,
  )
  // While the link waits, more is posted than a ring has room for: the rest comes by the port.
  const [stallAt, burst] = [1_000, 20]
  lengths.fill(60_000, stallAt, stallAt + burst)
  const posted = new Int32Array(new SharedArrayBuffer(4))
  const { port1, port2 } = new MessageChannel()
  const wrong: unknown[] = []
  const all = Promise.withResolvers<void>()
  let due = 0
  const link = new LaneChannel<ToLane, FromLane>(port1, linkPacking, {
    receive: message => {
      const id = due++
      const [bytes] = message.kind === 'end' ? message.parts : []
      const whole = bytes !== undefined && Buffer.compare(bytes, Buffer.alloc(lengths[id] ?? 0, id)) === 0
      if (!whole || message.kind !== 'end' || message.id !== id) wrong.push([id, message.kind])
      if (id === stallAt - 1) Atomics.wait(posted, 0, 0)
      if (due === lengths.length) all.resolve()
    },
    broke: all.reject,
    memory: new SharedArrayBuffer(2 * ringBytes),
  })
  const lane = new Worker(new URL('./laneWriter.ts', import.meta.url), {
    workerData: { port: port2, lengths, stallAt, burst, posted },
    transferList: [port2 as never],
  })
  lane.once('error', all.reject)
  link.post(open)
  await all.promise
  link.post({ kind: 'sayOpened' })
  await once(lane, 'exit')
  link.close()
  expect(wrong).toEqual([])
})
