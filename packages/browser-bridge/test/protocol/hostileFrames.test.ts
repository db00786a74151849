// Bytes from whoever opened the socket: each is a message, or a typed error in little time and memory. Nothing else.

import { joinChunks } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import { decodeHostFrame, decodePageFrame, encodeFrame } from '../../src/protocol/codec.ts'
import { FrameError } from '../../src/protocol/frameError.ts'
import { defaultLimits } from '../../src/protocol/messages.ts'

const frameOf = (header: Uint8Array, tail: Uint8Array = new Uint8Array(0)) => {
  const start = Math.ceil((4 + header.length) / 8) * 8
  const frame = new Uint8Array(start + tail.length)
  new DataView(frame.buffer).setUint32(0, header.length, true)
  frame.set(header, 4)
  frame.set(tail, start)
  return frame
}
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const text = (header: string) => frameOf(new TextEncoder().encode(header))
const codeOf = (frame: Uint8Array, limits = defaultLimits) => {
  try {
    decodePageFrame(frame, { limits })
  } catch (error) {
    return error instanceof FrameError ? error.code : error
  }
  return 'a message'
}

const timing = { queueMs: 0, preprocessMs: 0, computeMs: 0, postprocessMs: 0 }
const result = (tensors: unknown) => json({ t: 'result', id: 1, timing, inputs: 0, tensors })
const tensor = (dims: unknown, byteLength: unknown, dtype: unknown = 'float32') => [
  { name: 'y', dtype, dims, byteLength },
]

const hello = (reason: string) => ({
  t: 'hello',
  protocol: 1,
  build: 'b',
  token: 't',
  browser: { name: 'n', version: '1', userAgent: 'u' },
  capabilities: {
    isolated: true,
    cores: 1,
    threads: 1,
    wasm: { simd: true, threads: true },
    webnn: { cpu: false, gpu: false, npu: false },
    reasons: { [reason]: 'why' },
  },
})

describe('a frame that lies', () => {
  it.each([
    ['no bytes', new Uint8Array(0), 'FrameTruncated'],
    ['half a length', Uint8Array.of(1, 0), 'FrameTruncated'],
    ['a header longer than the frame', Uint8Array.of(200, 0, 0, 0, 0x80, 0, 0, 0), 'FrameTruncated'],
    ['a header of 4 GiB', Uint8Array.of(255, 255, 255, 255, 0x80, 0, 0, 0), 'HeaderTooLarge'],
    ['an empty header', frameOf(new Uint8Array(0)), 'HeaderMalformed'],
    ['a header that is a list', frameOf(json([1])), 'HeaderMalformed'],
    ['bytes after the header’s value', text('{}{}'), 'HeaderMalformed'],
    ['a header that does not end', text('{"t":"begin","id":1'), 'HeaderMalformed'],
    ['text that is not UTF-8', frameOf(Uint8Array.of(0x22, 0xff, 0xfe, 0x22)), 'HeaderMalformed'],
    ['lists a million deep', text('['.repeat(1e6) + ']'.repeat(1e6)), 'HeaderMalformed'],
    ['a type a million deep', text(`{"t":${'['.repeat(1e6)}${']'.repeat(1e6)}}`), 'MessageUnknown'],
    [
      'an answer forty deep',
      text(
        `{"t":"result","id":1,"timing":${JSON.stringify(timing)},"inputs":0,"json":${'['.repeat(40)}${']'.repeat(40)}}`,
      ),
      'MessageInvalid',
    ],
    [
      'an answer with a key __proto__',
      text(`{"t":"result","id":1,"timing":${JSON.stringify(timing)},"inputs":0,"json":{"__proto__":{}}}`),
      'MessageInvalid',
    ],
    ['no type', frameOf(json({ id: 1 })), 'MessageUnknown'],
    ['a type that is an object’s own method', frameOf(json({ t: 'constructor' })), 'MessageUnknown'],
    ['a message of the other direction', joinChunks(encodeFrame({ t: 'bye' })), 'MessageUnknown'],
    ['a field of another type', frameOf(json({ t: 'beat', mainAgeMs: 'soon' })), 'MessageInvalid'],
    ['a number that is none', frameOf(json({ t: 'beat', mainAgeMs: Number.NaN })), 'MessageInvalid'],
    ['a missing field', frameOf(json({ t: 'begin' })), 'MessageInvalid'],
    ['tensors that are no list', frameOf(result({})), 'MessageInvalid'],
    [
      'a dtype that there is not',
      frameOf(result(tensor([1], 4, 'float8')), new Uint8Array(8)),
      'MessageInvalid',
    ],
    ['negative dims', frameOf(result(tensor([-1], 4)), new Uint8Array(8)), 'MessageInvalid'],
    ['dims beyond all numbers', frameOf(result(tensor([2 ** 32, 2 ** 32], 0))), 'TensorInvalid'],
    ['dims that do not fit the bytes', frameOf(result(tensor([3], 8)), new Uint8Array(8)), 'TensorInvalid'],
    ['strings that are not there', frameOf(result(tensor([2], 0, 'string'))), 'TensorInvalid'],
    [
      'tensor bytes that are not there',
      frameOf(result(tensor([400], 1600)), new Uint8Array(8)),
      'FrameTruncated',
    ],
    [
      'tensor bytes without their padding',
      frameOf(result(tensor([3], 12)), new Uint8Array(12)),
      'FrameTruncated',
    ],
    ['bytes after the last tensor', frameOf(result(tensor([2], 8)), new Uint8Array(16)), 'FrameTrailing'],
    [
      'tensors where there are none',
      frameOf(json({ t: 'begin', id: 1 }), new Uint8Array(8)),
      'FrameTrailing',
    ],
    [
      'reasons with a key __proto__',
      text(JSON.stringify(hello('x')).replace('"x"', '"__proto__"')),
      'MessageInvalid',
    ],
  ])('%s', (_, frame, code) => {
    expect(codeOf(frame)).toBe(code)
  })

  it('beyond the limits is refused before its header is read', () => {
    const limits = { maxHeaderBytes: 64, maxFrameBytes: 256, maxTensors: 1 }
    expect(codeOf(new Uint8Array(257), limits)).toBe('FrameTooLarge')
    expect(codeOf(frameOf(json('x'.repeat(100))), limits)).toBe('HeaderTooLarge')
  })

  it('with more tensors than the limit is refused before they are looked at', () => {
    const limits = { ...defaultLimits, maxTensors: 1 }
    expect(codeOf(frameOf(result([{}, {}])), limits)).toBe('TooManyTensors')
  })
})

describe('a manifest that would climb out of the host’s model files', () => {
  const load = (root: string, path: string) =>
    frameOf(
      json({
        t: 'load',
        id: 1,
        lane: 1,
        model: {
          key: 'k',
          name: 'n',
          kind: 'graph',
          root,
          graphFile: 'onnx/model.onnx',
          dtype: 'fp32',
          files: [{ path, bytes: 1, sha256: '' }],
        },
      }),
    )
  it.each([
    ['/etc/', 'a'],
    ['k/', '../a'],
    ['k/', 'b/../../a'],
    ['https://elsewhere/', 'a'],
    ['k/', 'b\\a'],
  ])('%s %s', (root, path) => {
    expect(() => decodeHostFrame(load(root, path))).toThrow(
      expect.objectContaining({ code: 'MessageInvalid' }),
    )
  })
})
