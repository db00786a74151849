// Messages to frames and back: [u32 LE header length][JSON header][pad to 8][tensor bytes, each padded to 8].
// Encoding copies no tensor; decoding gives views, with one copy of a tensor only where its bytes lie misaligned.
// The only place where bytes become messages: what decode returns has been checked whole.

import {
  elementBytes,
  elementCount,
  elementsOver,
  type NamedTensor,
  tensorBytes,
  tensorFault,
} from '@shoal/tensor'
import type { Check } from './check.ts'
import { FrameError } from './frameError.ts'
import { readFreeValue, writeFreeValue } from './freeValue.ts'
import { readHeader, writeHeader } from './header.ts'
import { checkDescriptors, hostChecks, pageChecks } from './messageChecks.ts'
import {
  defaultLimits,
  type HostMessage,
  type Limits,
  type PageMessage,
  type RunInput,
  type TensorDescriptor,
} from './messages.ts'
import { withPrintableText } from './remoteText.ts'

export interface DecodeOptions {
  readonly limits?: Limits
  /** Told of each aligning copy, with its bytes. */
  readonly onCopy?: (bytes: number) => void
}

/** Where a frame goes: its message's type, lane, id and model as far as it has them. */
export interface FrameRoute {
  readonly t: string
  readonly lane?: number
  readonly id?: number
  /** With its name where the frame has the whole manifest. */
  readonly model?: { readonly key: string; readonly name?: string }
}

const padded = (length: number) => Math.ceil(length / 8) * 8
const padding = new Uint8Array(8)
const noTensors: readonly NamedTensor[] = []

/**
 * The frame as a list of chunks to write in order: header first, then the tensors' own bytes (not copied: they must
 * not change until the chunks are written) with padding between.
 * Fails with FrameError where a tensor contradicts itself or the frame is beyond `limits`.
 */
export function encodeFrame(
  message: HostMessage | PageMessage,
  limits: Limits = defaultLimits,
): Uint8Array[] {
  const tensors = 'tensors' in message ? message.tensors : noTensors
  if (tensors.length > limits.maxTensors) {
    throw new FrameError('TooManyTensors', `${tensors.length} tensors, the limit is ${limits.maxTensors}`)
  }
  const header = headerOf(message, tensors)
  // A caller's own values stand in a run. A lane is shared: it must not be what finds a wrong one out.
  const fault = message.t === 'run' ? hostChecks.run(header) : undefined
  if (fault !== undefined) throw new FrameError('MessageInvalid', `run${fault}`)
  const { bytes, length } = writeHeader(header, 4)
  if (length > limits.maxHeaderBytes) {
    throw new FrameError(
      'HeaderTooLarge',
      `'${message.t}' needs ${length} bytes, the limit is ${limits.maxHeaderBytes}`,
    )
  }
  new DataView(bytes.buffer).setUint32(0, length, true)
  const chunks: Uint8Array[] = [bytes]
  let total = bytes.length
  for (const tensor of tensors) {
    const own = tensorBytes(tensor)
    if (own.length === 0) continue
    chunks.push(own)
    const gap = padded(own.length) - own.length
    if (gap > 0) chunks.push(padding.subarray(0, gap))
    total += own.length + gap
  }
  if (total > limits.maxFrameBytes) {
    throw new FrameError(
      'FrameTooLarge',
      `'${message.t}' needs ${total} bytes, the limit is ${limits.maxFrameBytes}`,
    )
  }
  return chunks
}

function headerOf(message: HostMessage | PageMessage, tensors: readonly NamedTensor[]): object {
  if (message.t !== 'run' && message.t !== 'result' && message.t !== 'part') return message
  const header = { ...message, tensors: tensors.length === 0 ? undefined : tensors.map(describe) }
  if (header.t === 'run') return { ...header, input: freed(header.input, writeFreeValue) }
  return header.json === undefined ? header : { ...header, json: writeFreeValue(header.json) }
}

/** A task's arguments and options as `way` makes them; all else as it is. */
function freed(input: RunInput, way: (value: unknown) => unknown): RunInput {
  if (input.kind !== 'task' || (input.args === undefined && input.options === undefined)) return input
  const { args, options, ...rest } = input
  return {
    ...rest,
    ...(args === undefined ? {} : { args: way(args) as readonly unknown[] }),
    ...(options === undefined ? {} : { options: way(options) as Readonly<Record<string, unknown>> }),
  }
}

function describe(tensor: NamedTensor): TensorDescriptor {
  const fault = tensorFault(tensor)
  if (fault !== undefined) throw new FrameError('TensorInvalid', `'${tensor.name}': ${fault}`)
  const { name, dtype, dims } = tensor
  if (tensor.dtype === 'string') return { name, dtype, dims, byteLength: 0, strings: tensor.data }
  return { name, dtype, dims, byteLength: tensor.data.byteLength }
}

/** Reads a frame that the host sent. Fails with FrameError; never reads beyond `bytes`. */
export const decodeHostFrame = (bytes: Uint8Array, options: DecodeOptions = {}): HostMessage =>
  decode(bytes, hostChecks, options) as HostMessage

/**
 * Reads a frame that a page sent; what it says for people has no control characters then. Fails with FrameError; never
 * reads beyond `bytes`.
 */
export const decodePageFrame = (bytes: Uint8Array, options: DecodeOptions = {}): PageMessage =>
  withPrintableText(decode(bytes, pageChecks, options) as PageMessage)

/** The header without its tensors: what routing a frame to a lane needs. Checks nothing else of it. */
export function peekFrame(bytes: Uint8Array, limits: Limits = defaultLimits): FrameRoute {
  const { t, lane, id, model } = splitFrame(bytes, limits).header
  if (typeof t !== 'string') throw new FrameError('MessageUnknown', 'the header has no type')
  return {
    t,
    ...(typeof lane === 'number' ? { lane } : {}),
    ...(typeof id === 'number' ? { id } : {}),
    ...modelOf(model),
  }
}

function modelOf(model: unknown): Pick<FrameRoute, 'model'> {
  if (typeof model === 'string') return { model: { key: model } }
  if (typeof model !== 'object' || model === null) return {}
  const { key, name } = model as Record<string, unknown>
  return typeof key === 'string' && typeof name === 'string' ? { model: { key, name } } : {}
}

function splitFrame(bytes: Uint8Array, limits: Limits): { header: Record<string, unknown>; end: number } {
  if (bytes.length > limits.maxFrameBytes) {
    throw new FrameError('FrameTooLarge', `${bytes.length} bytes, the limit is ${limits.maxFrameBytes}`)
  }
  if (bytes.length < 4) throw new FrameError('FrameTruncated', `${bytes.length} bytes hold no header length`)
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true)
  if (length > limits.maxHeaderBytes) {
    throw new FrameError('HeaderTooLarge', `${length} bytes, the limit is ${limits.maxHeaderBytes}`)
  }
  const end = padded(4 + length)
  if (end > bytes.length) {
    throw new FrameError('FrameTruncated', `a header of ${length} bytes in a frame of ${bytes.length}`)
  }
  return { header: readHeader(bytes.subarray(4, 4 + length)), end }
}

function decode(
  bytes: Uint8Array,
  checks: Readonly<Record<string, Check<object>>>,
  options: DecodeOptions,
): unknown {
  const limits = options.limits ?? defaultLimits
  const { header, end } = splitFrame(bytes, limits)
  const { t } = header
  const check = typeof t === 'string' && Object.hasOwn(checks, t) ? checks[t] : undefined
  if (check === undefined) {
    const name = typeof t === 'string' ? `'${t.slice(0, 40)}'` : 'a header without a type'
    throw new FrameError('MessageUnknown', `${name} is no message of this direction`)
  }
  const fault = check(header)
  if (fault !== undefined) throw new FrameError('MessageInvalid', `${String(t)}${fault}`)
  if (t === 'run') header['input'] = freed(header['input'] as RunInput, readFreeValue)
  else if (header['json'] !== undefined) header['json'] = readFreeValue(header['json'])
  if (t === 'run' || t === 'result' || t === 'part') {
    header['tensors'] = readTensors(bytes, end, header['tensors'] ?? [], limits, options.onCopy)
  } else if (end !== bytes.length) {
    throw new FrameError(
      'FrameTrailing',
      `${bytes.length - end} bytes after '${String(t)}', which has no tensors`,
    )
  }
  return header
}

function readTensors(
  bytes: Uint8Array,
  start: number,
  listed: unknown,
  limits: Limits,
  onCopy: DecodeOptions['onCopy'],
): NamedTensor[] {
  if (Array.isArray(listed) && listed.length > limits.maxTensors) {
    throw new FrameError('TooManyTensors', `${listed.length} tensors, the limit is ${limits.maxTensors}`)
  }
  const fault = checkDescriptors(listed)
  if (fault !== undefined) throw new FrameError('MessageInvalid', `tensors${fault}`)
  let at = start
  const tensors: NamedTensor[] = []
  for (const descriptor of listed as readonly TensorDescriptor[]) {
    tensors.push(readTensor(bytes, at, descriptor, onCopy))
    at += padded(descriptor.byteLength)
  }
  if (at !== bytes.length)
    throw new FrameError('FrameTrailing', `${bytes.length - at} bytes after the last tensor`)
  return tensors
}

function readTensor(
  bytes: Uint8Array,
  at: number,
  { name, dtype, dims, byteLength, strings }: TensorDescriptor,
  onCopy: DecodeOptions['onCopy'],
): NamedTensor {
  const count = elementCount(dims)
  const size = elementBytes(dtype)
  if (count === undefined || count * size !== byteLength) {
    throw new FrameError(
      'TensorInvalid',
      `'${name}': ${dtype} [${dims.join(', ')}] is not ${byteLength} bytes`,
    )
  }
  if (dtype === 'string') {
    if (strings?.length !== count) {
      throw new FrameError(
        'TensorInvalid',
        `'${name}': [${dims.join(', ')}] is not ${strings?.length ?? 0} strings`,
      )
    }
    return { name, dtype, dims, data: strings }
  }
  if (padded(byteLength) > bytes.length - at) {
    throw new FrameError(
      'FrameTruncated',
      `'${name}' needs ${byteLength} bytes, ${bytes.length - at} are left`,
    )
  }
  const data = elementsOver(dtype, bytes.subarray(at, at + byteLength), onCopy)
  return { name, dtype, dims, data } as NamedTensor
}
