import { joinChunks } from '@shoal/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeModel, encodeModel, type ModelProto, OnnxEncodeError } from '../../src/index.ts'
import { decodeMessage } from '../../src/proto/decode.ts'
import { encodeMessage } from '../../src/proto/encode.ts'
import type { MessageName } from '../../src/proto/messages.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)
const encode = (name: MessageName, message: object) => [...joinChunks(encodeMessage(name, message))]

describe('the wire format, byte by byte', () => {
  it.each([
    ['a small integer', 'OperatorSetIdProto', { version: 17 }, [0x10, 17]],
    ['a two-byte varint', 'OperatorSetIdProto', { version: 300 }, [0x10, 0xac, 0x02]],
    [
      'a negative integer in ten bytes',
      'DimensionProto',
      { dimValue: -1 },
      [0x08, ...Array(9).fill(0xff), 1],
    ],
    ['text', 'OperatorSetIdProto', { domain: 'é' }, [0x0a, 2, 0xc3, 0xa9]],
    ['empty text, which is not absent text', 'OperatorSetIdProto', { domain: '' }, [0x0a, 0]],
    ['a float', 'AttributeProto', { f: 1 }, [0x15, 0, 0, 0x80, 0x3f]],
    [
      'the greatest 64-bit integer',
      'AttributeProto',
      { i: 2n ** 63n - 1n },
      [0x18, ...Array(8).fill(0xff), 0x7f],
    ],
    ['the least 64-bit integer', 'AttributeProto', { i: -(2n ** 63n) }, [0x18, ...Array(9).fill(0x80), 1]],
    ['bytes', 'AttributeProto', { s: bytes(1, 2) }, [0x22, 2, 1, 2]],
    ['repeated numbers, one by one', 'TensorProto', { dims: [2, 3] }, [0x08, 2, 0x08, 3]],
    ['packed floats', 'TensorProto', { floatData: Float32Array.of(1) }, [0x22, 4, 0, 0, 0x80, 0x3f]],
    ['packed integers', 'TensorProto', { int64Data: BigInt64Array.of(1n, 300n) }, [0x3a, 3, 1, 0xac, 2]],
    ['a message within a message', 'ValueInfoProto', { type: { denotation: 'x' } }, [0x12, 3, 0x32, 1, 0x78]],
  ] as const)('%s is written and read as protobuf has it', (_, name, message, wire) => {
    expect(encode(name, message)).toEqual(wire)
    expect(decodeMessage(name, Uint8Array.from(wire))).toEqual(message)
  })

  it('repeated numbers are read packed too, and packed ones one by one', () => {
    expect(decodeMessage('TensorProto', bytes(0x0a, 2, 2, 3))).toEqual({ dims: [2, 3] })
    expect(decodeMessage('TensorProto', bytes(0x38, 1, 0x38, 2, 0x3a, 1, 3))).toEqual({
      int64Data: BigInt64Array.of(1n, 2n, 3n),
    })
  })

  it('a single field given twice: the last value wins, and messages merge', () => {
    expect(decodeMessage('OperatorSetIdProto', bytes(0x10, 1, 0x10, 2))).toEqual({ version: 2 })
    const twice = bytes(0x12, 3, 0x32, 1, 0x78, 0x12, 2, 0x0a, 0)
    expect(decodeMessage('ValueInfoProto', twice)).toEqual({ type: { denotation: 'x', tensorType: {} } })
  })

  it('fields that the tables do not know are kept and written back', () => {
    const wire = [0x10, 17, 0xfa, 0x3e, 2, 7, 7]
    const decoded = decodeMessage('OperatorSetIdProto', Uint8Array.from(wire))
    expect(decoded.unknown).toHaveLength(1)
    expect(encode('OperatorSetIdProto', decoded)).toEqual(wire)
  })
})

describe('weights', () => {
  const weights = new Uint8Array(4096).fill(7)
  const model: ModelProto = { graph: { initializer: [{ name: 'w', rawData: weights }] } }

  it('are written as the very array they came in, without a copy', () => {
    expect(encodeModel(model).some(chunk => chunk === weights)).toBe(true)
  })

  it('are read as views of the file', () => {
    const file = joinChunks(encodeModel(model))
    const raw = decodeModel(file).graph?.initializer?.[0]?.rawData
    expect(raw?.buffer).toBe(file.buffer)
    expect(raw).toEqual(weights)
  })
})

describe('writing', () => {
  it.each([
    ['a fraction in an integer field', { irVersion: 1.5 }, 'ModelProto.irVersion'],
    ['a number where text belongs', { producerName: 3 }, 'ModelProto.producerName'],
    ['a single value where a list belongs', { graph: { node: {} } }, 'GraphProto.node'],
    ['a bigint beyond 64 bits', { modelVersion: 2n ** 64n }, 'ModelProto.modelVersion'],
    ['text where bytes belong', { graph: { initializer: [{ rawData: 'x' }] } }, 'TensorProto.rawData'],
  ])('%s is refused, naming the field', (_, model, field) => {
    const error = attempt(() => encodeModel(model as unknown as ModelProto))
    expect(error).toBeInstanceOf(OnnxEncodeError)
    expect(error).toMatchObject({ field, message: expect.stringContaining(field) })
  })

  it('a message that contains itself is refused', () => {
    const graph: Record<string, unknown> = {}
    graph['node'] = [{ attribute: [{ g: graph }] }]
    expect(attempt(() => encodeModel({ graph }))).toBeInstanceOf(OnnxEncodeError)
  })

  it('any text and any 64-bit integer come back as they went', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (name, i) => {
          const message = { name, i, ints: [i, 0n, -i / 2n] }
          expect(
            decodeMessage('AttributeProto', joinChunks(encodeMessage('AttributeProto', message))),
          ).toEqual(message)
        },
      ),
    )
  })
})

function attempt(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
