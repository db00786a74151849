// A ring in shared memory: what is written comes out whole and in order, whatever the sizes, round and round its memory.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mostRingBytes, Ring, ringBytes } from '../../src/page/Ring.ts'

/** As the ring lays them out: what it holds beside its two counters, and what a message takes beside its padded bytes. */
const [countersBytes, headBytes] = [64, 16]
const roomBytes = ringBytes - countersBytes
const takes = (length: number) => headBytes + Math.ceil(length / 4) * 4

/** Two ends of one ring, as two workers have them, after so many bytes have gone through it. */
const ends = (gone = 0) => {
  const memory = new SharedArrayBuffer(2 * ringBytes)
  new Int32Array(memory, ringBytes, 2).fill(gone)
  return { writer: new Ring(memory, ringBytes), reader: new Ring(memory, ringBytes), memory }
}
const bytesOf = (number: number, length: number) => new Uint8Array(length).fill(number)

describe('a ring', () => {
  it('gives back what was written, whole and in order, and refuses only what it has no room for', () => {
    const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: mostRingBytes }))
    // Positions are int32: also where they turn negative, and where they come to zero again.
    const gone = fc.constantFrom(0, 2 ** 31 - 4, 2 ** 31 - 300_000, 2 ** 31, -4, -300_000)
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ put: size, cut: fc.double({ min: 0, max: 1, noNaN: true }) }) },
      { weight: 2, arbitrary: fc.constant('take' as const) },
    )
    fc.assert(
      fc.property(gone, fc.array(step, { minLength: 20, maxLength: 150 }), (before, steps) => {
        const { writer, reader } = ends(before)
        const inside: { number: number; length: number }[] = []
        let number = 0xffff_fff0
        for (const now of steps) {
          if (now === 'take') {
            const due = inside.shift()
            expect(reader.next).toBe(due?.number)
            if (due === undefined) continue
            const { number: came, kind, id, bytes } = reader.take()
            expect([came, kind, id]).toEqual([due.number, due.length % 7, due.length])
            expect(Buffer.compare(bytes, bytesOf(came, due.length))).toBe(0)
          } else {
            const bytes = bytesOf(number, now.put)
            const at = Math.floor(now.cut * now.put)
            const entry = { number, kind: now.put % 7, id: now.put }
            const held = inside.reduce((sum, { length }) => sum + takes(length), 0)
            const put = writer.put(entry, [bytes.subarray(0, at), bytes.subarray(at)])
            expect(put).toBe(held + takes(now.put) <= roomBytes)
            if (!put) continue
            inside.push({ number, length: now.put })
            number = (number + 1) >>> 0
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  it('takes no message beyond the most, though it has room', () => {
    const { writer, reader } = ends()
    expect(writer.put({ number: 0, kind: 0, id: 0 }, [new Uint8Array(mostRingBytes + 1)])).toBe(false)
    expect(reader.next).toBeUndefined()
    expect(writer.put({ number: 0, kind: 0, id: 0 }, [new Uint8Array(mostRingBytes)])).toBe(true)
  })

  it('wakes its reader for each write, and for what the reader left, until it is closed', async () => {
    const { writer, reader } = ends()
    const came: number[] = []
    const all = Promise.withResolvers<void>()
    const listening = reader.listen(() => {
      if (reader.next === undefined) return false
      came.push(reader.take().number)
      if (came.length === 5) all.resolve()
      // One at a time: there may be more.
      return true
    })
    for (const number of [0, 1, 2]) writer.put({ number, kind: 0, id: 0 }, [])
    await Promise.resolve()
    for (const number of [3, 4]) writer.put({ number, kind: 0, id: 0 }, [])
    await all.promise
    expect(came).toEqual([0, 1, 2, 3, 4])
    reader.close()
    await listening
  })

  it('has its reader look again for what was written while it looked', async () => {
    const { writer, reader } = ends()
    const came = Promise.withResolvers<number>()
    let looks = 0
    const listening = reader.listen(() => {
      if (reader.next !== undefined) came.resolve(reader.take().number)
      else if (looks++ === 0) writer.put({ number: 5, kind: 0, id: 0 }, [])
      return false
    })
    expect(await came.promise).toBe(5)
    reader.close()
    await listening
  })

  it('shows its reader nothing of a message before all of it is written', () => {
    const { writer, reader } = ends()
    const seen: unknown[] = []
    class Watched extends Uint8Array<ArrayBuffer> {
      override subarray(from?: number, to?: number): Uint8Array<ArrayBuffer> {
        seen.push(reader.next)
        return new Uint8Array(this.buffer, this.byteOffset, this.length).subarray(from, to)
      }
    }
    writer.put({ number: 5, kind: 0, id: 0 }, [
      new Watched(new ArrayBuffer(10)),
      new Watched(new ArrayBuffer(10)),
    ])
    expect(seen).toEqual([undefined, undefined])
    expect(reader.next).toBe(5)
  })

  it('is closed by its reader from within, and waits for nothing then', async () => {
    const { writer, reader } = ends()
    const listening = reader.listen(() => {
      reader.close()
      return false
    })
    await listening
    expect(writer.put({ number: 0, kind: 0, id: 0 }, [])).toBe(true)
  })
})
