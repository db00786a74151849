import { describe, expect, it } from 'vitest'
import { readWav } from '../../src/input/wav.ts'

interface Format {
  readonly kind: number
  readonly bits: number
  readonly channels: number
}

/** A WAV file of these raw samples, with a chunk of odd size before the data. */
function wavOf({ kind, bits, channels }: Format, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + 24 + 12 + 8 + data.length)
  const view = new DataView(bytes.buffer)
  const tag = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at)
  tag(0, 'RIFF')
  view.setUint32(4, bytes.length - 8, true)
  tag(8, 'WAVE')
  tag(12, 'fmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, kind, true)
  view.setUint16(22, channels, true)
  view.setUint32(24, 16_000, true)
  view.setUint16(34, bits, true)
  tag(36, 'LIST')
  view.setUint32(40, 3, true)
  tag(48, 'data')
  view.setUint32(52, data.length, true)
  bytes.set(data, 56)
  return bytes
}

const bytesOf = (array: Int16Array | Int32Array | Float32Array) => new Uint8Array(array.buffer)

describe('readWav', () => {
  const cases: readonly [string, Format, Uint8Array, number[]][] = [
    ['8-bit PCM', { kind: 1, bits: 8, channels: 1 }, Uint8Array.of(0, 128, 255), [-1, 0, 127 / 128]],
    [
      '16-bit PCM',
      { kind: 1, bits: 16, channels: 1 },
      bytesOf(Int16Array.of(-32768, 0, 16384)),
      [-1, 0, 0.5],
    ],
    ['24-bit PCM', { kind: 1, bits: 24, channels: 1 }, Uint8Array.of(0, 0, 0x80, 0, 0, 0x40), [-1, 0.5]],
    [
      '32-bit PCM',
      { kind: 1, bits: 32, channels: 1 },
      bytesOf(Int32Array.of(-(2 ** 31), 2 ** 30)),
      [-1, 0.5],
    ],
    ['32-bit float', { kind: 3, bits: 32, channels: 1 }, bytesOf(Float32Array.of(0.25, -0.5)), [0.25, -0.5]],
    [
      'two channels, averaged',
      { kind: 1, bits: 16, channels: 2 },
      bytesOf(Int16Array.of(16384, 0, -16384, -16384)),
      [0.25, -0.5],
    ],
  ]
  it.each(cases)('reads %s', (_, format, data, expected) => {
    const { samples, samplingRate } = readWav(wavOf(format, data), 'x.wav')
    expect(samplingRate).toBe(16_000)
    expect([...samples]).toEqual(expected)
  })

  it('reads what is there of a file that was cut off', () => {
    const whole = wavOf({ kind: 1, bits: 16, channels: 1 }, bytesOf(Int16Array.of(16384, 16384, 16384)))
    expect(readWav(whole.subarray(0, whole.length - 2), 'x.wav').samples).toHaveLength(2)
  })

  const wrong: readonly [string, Uint8Array, RegExp][] = [
    ['something else', new TextEncoder().encode('OggS and so on, and on'), /no WAV file.*ffmpeg/],
    ['a compressed WAV', wavOf({ kind: 0x55, bits: 16, channels: 1 }, new Uint8Array(4)), /not plain PCM/],
    [
      'a header without data',
      wavOf({ kind: 1, bits: 16, channels: 1 }, new Uint8Array(0)).subarray(0, 40),
      /incomplete/,
    ],
    ['an empty file', new Uint8Array(0), /no WAV file/],
  ]
  it.each(wrong)('refuses %s, saying what to do', (_, bytes, message) => {
    expect(() => readWav(bytes, 'x.wav')).toThrowError(message)
  })
})
