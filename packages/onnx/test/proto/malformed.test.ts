import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { joinChunks } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import { bertEncoder } from '../../src/architectures/bertEncoder.ts'
import { GraphBuilder } from '../../src/graph/GraphBuilder.ts'
import { decodeModel, encodeModel, OnnxDecodeError, readTensorProto, TensorError } from '../../src/index.ts'
import { decodeMessage } from '../../src/proto/decode.ts'
import { ifShared, modelsFolder, noShared } from '../shared.ts'

const small = { vocabSize: 128, hiddenSize: 8, layers: 1, heads: 2, intermediateSize: 8, maxPositions: 8 }

function smallModel(): Uint8Array {
  const g = new GraphBuilder({ name: 'small', seed: 1 })
  bertEncoder.graphs(small)[0]?.build(g)
  return joinChunks(encodeModel(g.build()))
}

/** The error's code; 'decoded' where the bytes are valid after all. Anything but an OnnxDecodeError escapes. */
function outcome(bytes: Uint8Array): string {
  try {
    decodeModel(bytes)
    return 'decoded'
  } catch (error) {
    if (error instanceof OnnxDecodeError) return error.code
    throw error
  }
}

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]

describe('bytes that are no model', () => {
  it.each([
    ['nothing at all', [], 'NotAModel'],
    ['a web page', [...Buffer.from('<!doctype html>')], 'WireType'],
    ['a Git LFS pointer', [...Buffer.from('version https://git-lfs.github.com/spec/v1')], 'WireType'],
    ['zeros', new Array(64).fill(0), 'WireType'],
    ['a length beyond the end', [0x3a, 0x7f, 1], 'Truncated'],
    ['a length of 2^52', [0x3a, ...varint(2 ** 52)], 'Truncated'],
    ['a length beyond 2^53', [0x3a, 255, 255, 255, 255, 255, 255, 255, 255, 127], 'Range'],
    ['a varint without end', [0x08, ...new Array(11).fill(0x80)], 'Varint'],
    ['a varint cut short', [0x08, 0x80], 'Truncated'],
    ['an integer beyond 2^53 where a size belongs', [0x08, 255, 255, 255, 255, 255, 255, 255, 127], 'Range'],
    ['text where a number belongs', [0x0a, 1, 0x41], 'WireType'],
    ['a number where a graph belongs', [0x38, 1], 'WireType'],
    ['a group, which ONNX does not use', [0x3b], 'WireType'],
    ['text that is not UTF-8', [0x12, 2, 0xc3, 0x28], 'Utf8'],
  ])('%s gives a typed error', (_, bytes, code) => {
    expect(outcome(Uint8Array.from(bytes))).toBe(code)
  })

  it('graphs nested without end give a typed error, not a stack overflow', () => {
    let nested: number[] = []
    for (let i = 0; i < 200; i++) {
      nested = [0x32, ...varint(nested.length), ...nested]
      nested = [0x2a, ...varint(nested.length), ...nested]
      nested = [0x0a, ...varint(nested.length), ...nested]
    }
    expect(outcome(Uint8Array.from([0x3a, ...varint(nested.length), ...nested]))).toBe('TooDeep')
  })

  it('millions of empty nodes are refused before they fill the memory', () => {
    const nodes = new Uint8Array(2 * 2_000_100)
    for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a
    expect(outcome(Uint8Array.from([0x3a, ...varint(nodes.length), ...nodes]))).toBe('TooManyElements')
  })

  it('the error names the field and the offset, and says what to do, in one line', () => {
    const error = attempt(() => decodeModel(Uint8Array.from([0x3a, 2, 0x0a, 0x7f])))
    expect(error).toMatchObject({ _tag: 'OnnxDecodeError', field: 'GraphProto.node', offset: 4 })
    expect((error as Error).message).toMatch(
      /^[^\n]*GraphProto\.node at byte 4 of 4; fetch the file again[^\n]*$/,
    )
  })
})

describe('a model cut short', () => {
  it('at any byte is a typed error or a shorter valid model, never anything else', () => {
    const model = smallModel()
    const counts = new Map<string, number>()
    for (let length = 0; length < model.length; length += 3) {
      const result = outcome(model.subarray(0, length))
      counts.set(result, (counts.get(result) ?? 0) + 1)
    }
    // The graph is one long field, so nearly every cut is inside it.
    expect(counts.get('Truncated')).toBeGreaterThan(model.length / 3 - 100)
  })
})

describe('10,000 mutated models', () => {
  // One commit has one verdict in CI; elsewhere each run tries other bytes.
  const chosen = process.env['SHOAL_FUZZ_SEED'] ?? (process.env['CI'] === undefined ? undefined : 20_261_124)
  const seed = Number(chosen ?? Date.now() % 2 ** 31)
  const rounds = 10_000

  function hammer(original: Uint8Array, count: number, next: () => number): Map<string, number> {
    const counts = new Map<string, number>()
    for (let round = 0; round < count; round++) {
      const result = outcome(mutate(original, next))
      counts.set(result, (counts.get(result) ?? 0) + 1)
    }
    return counts
  }

  it(`each decode or give a typed error, in bounded time and memory (SHOAL_FUZZ_SEED=${seed})`, () => {
    const next = randomFrom(seed)
    const before = process.memoryUsage().rss
    const counts = hammer(smallModel(), rounds, next)
    expect([...counts.values()].reduce((a, b) => a + b)).toBe(rounds)
    expect(counts.get('decoded')).toBeGreaterThan(0)
    expect(rounds - (counts.get('decoded') ?? 0)).toBeGreaterThan(rounds / 10)
    expect(process.memoryUsage().rss - before).toBeLessThan(512 * 2 ** 20)
  })

  it.skipIf(noShared)(`so does a trained model${ifShared} (SHOAL_FUZZ_SEED=${seed})`, () => {
    const mnist = readFileSync(join(modelsFolder, 'mnist', 'mnist.onnx'))
    const counts = hammer(mnist, 1000, randomFrom(seed))
    expect([...counts.values()].reduce((a, b) => a + b)).toBe(1000)
  })

  it(`and mutated tensors likewise (SHOAL_FUZZ_SEED=${seed})`, () => {
    const next = randomFrom(seed)
    const original = Uint8Array.from([8, 2, 16, 7, 58, 2, 1, 2, 66, 1, 120, 74, 4, 1, 2, 3, 4])
    let refused = 0
    for (let round = 0; round < rounds; round++) {
      const error = attempt(() => readTensorProto(mutate(original, next)))
      if (!(error instanceof Error)) continue
      expect(error instanceof OnnxDecodeError || error instanceof TensorError).toBe(true)
      refused++
    }
    expect(refused).toBeGreaterThan(rounds / 10)
  })
})

it('a tensor field that says it has more elements than bytes allocates nothing', () => {
  const bytes = Uint8Array.from([8, 255, 255, 255, 255, 15, 16, 1, 74, 4, 0, 0, 0, 0])
  expect(decodeMessage('TensorProto', bytes).dims).toEqual([2 ** 32 - 1])
  expect(attempt(() => readTensorProto(bytes))).toBeInstanceOf(TensorError)
})

/** One to eight changes: a byte replaced, a bit flipped, a stretch removed, doubled or made of one byte. */
function mutate(original: Uint8Array, next: () => number): Uint8Array {
  let bytes = original.slice()
  const changes = 1 + Math.floor(next() * 8)
  for (let i = 0; i < changes; i++) {
    // Structure sits near the front of a model; weights, where nothing can break, fill the rest.
    const reach = next() < 0.7 ? Math.min(bytes.length, 2000) : bytes.length
    const at = Math.floor(next() * reach)
    const length = 1 + Math.floor(next() * 16)
    switch (Math.floor(next() * 5)) {
      case 0:
        bytes[at] = Math.floor(next() * 256)
        break
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(next() * 8))
        break
      case 2:
        bytes = joinChunks([bytes.subarray(0, at), bytes.subarray(at + length)])
        break
      case 3:
        bytes = joinChunks([bytes.subarray(0, at + length), bytes.subarray(at)])
        break
      default:
        bytes.fill(next() < 0.5 ? 0xff : 0x80, at, Math.min(bytes.length, at + length))
    }
  }
  return bytes
}

// Park & Miller 1988, 'Random number generators: good ones are hard to find'.
function randomFrom(seed: number): () => number {
  let state = (seed % 2147483646) + 1
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

function attempt(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
