// WAV audio to mono samples: PCM of 8 to 32 bits and 32-bit float, any number of channels. Nothing compressed;
// resampling is the feature extractor's.
// Source: Microsoft and IBM, 'Multimedia Programming Interface and Data Specifications 1.0' (1991), RIFF WAVE.

import type { AudioSamples } from '@shoal/pool'
import { unreadable } from './InputUnreadable.ts'

const pcm = 1
const float = 3
const extensible = 0xfffe

export function readWav(bytes: Uint8Array, file: string): AudioSamples {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.byteLength < 12 || tag(view, 0) !== 'RIFF' || tag(view, 8) !== 'WAVE')
    throw unreadable(
      file,
      'it is no WAV file; convert it, for example with: ffmpeg -i input -ar 16000 -ac 1 output.wav',
    )
  const chunks = chunksOf(view)
  const format = chunks.get('fmt ')
  const data = chunks.get('data')
  if (!format || format.size < 16 || !data)
    throw unreadable(file, 'its WAV header is incomplete; write the file again')
  const declared = view.getUint16(format.at, true)
  const kind = declared === extensible && format.size >= 26 ? view.getUint16(format.at + 24, true) : declared
  const channels = view.getUint16(format.at + 2, true)
  const samplingRate = view.getUint32(format.at + 4, true)
  const bits = view.getUint16(format.at + 14, true)
  const read = reader(view, kind, bits)
  if (!read || channels === 0 || samplingRate === 0)
    throw unreadable(
      file,
      `its encoding (format ${kind}, ${bits} bits) is not plain PCM; convert it to 16-bit PCM`,
    )
  const width = bits / 8
  const samples = new Float32Array(Math.floor(data.size / (width * channels)))
  for (let at = 0; at < samples.length; at++) {
    let sum = 0
    for (let channel = 0; channel < channels; channel++)
      sum += read(data.at + (at * channels + channel) * width)
    samples[at] = sum / channels
  }
  return { samples, samplingRate }
}

function chunksOf(view: DataView): Map<string, { readonly at: number; readonly size: number }> {
  const chunks = new Map<string, { at: number; size: number }>()
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at + 4, true)
    // A recorder that was cut off leaves a size beyond the file's end.
    chunks.set(tag(view, at), { at: at + 8, size: Math.min(size, view.byteLength - at - 8) })
    at += 8 + size + (size % 2)
  }
  return chunks
}

function reader(view: DataView, kind: number, bits: number): ((at: number) => number) | undefined {
  if (kind === float && bits === 32) return at => view.getFloat32(at, true)
  if (kind !== pcm) return undefined
  switch (bits) {
    case 8:
      return at => (view.getUint8(at) - 128) / 128
    case 16:
      return at => view.getInt16(at, true) / 2 ** 15
    case 24:
      return at => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23
    case 32:
      return at => view.getInt32(at, true) / 2 ** 31
    default:
      return undefined
  }
}

function tag(view: DataView, at: number): string {
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  )
}
