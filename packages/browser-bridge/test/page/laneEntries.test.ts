// What a ring's entries mean to the two sides of a lane: each side knows what the other one writes, and nothing else.
import { expect, it } from 'vitest'
import type { FromLane, ToLane } from '../../src/page/innerMessages.ts'
import { lanePacking, linkPacking, type Packed, type Packing } from '../../src/page/laneEntries.ts'

const bytes = Uint8Array.of(1, 2, 3)
const toLane: readonly ToLane[] = [bytes.buffer, { kind: 'turned' }]
const fromLane: readonly FromLane[] = [
  { kind: 'frame', parts: [bytes] },
  { kind: 'turn' },
  { kind: 'end', id: 7, succeeded: true, parts: [bytes] },
  { kind: 'end', id: 8, succeeded: false, parts: [bytes] },
]

const entryOf = ({ kind, id, parts: [part = new Uint8Array()] }: Packed) => ({
  number: 0,
  kind,
  id,
  bytes: Uint8Array.from(part),
})

function entries<Out, In>({ pack }: Packing<Out, In>, messages: readonly Out[]) {
  return messages.map(message => {
    const packed = pack(message)
    if (packed === undefined) throw new Error('not one for a ring')
    return entryOf(packed)
  })
}

it('each side reads what the other one wrote', () => {
  expect(entries(linkPacking, toLane).map(lanePacking.unpack)).toEqual(toLane)
  expect(entries(lanePacking, fromLane).map(linkPacking.unpack)).toEqual(fromLane)
})

it('takes nothing for a message that is none of the other side’s', () => {
  const unknown = entryOf({ kind: 99, id: 0, parts: [] })
  for (const entry of [...entries(lanePacking, fromLane), unknown])
    expect(() => lanePacking.unpack(entry)).toThrow(`kind ${entry.kind}`)
  for (const entry of [...entries(linkPacking, toLane), unknown])
    expect(() => linkPacking.unpack(entry)).toThrow(`kind ${entry.kind}`)
})
