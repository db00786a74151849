// A model of one file cut in two without a copy: a small graph, and weights that it names by their place in the file.
// ONNX Runtime copies a model's bytes into its own memory and reads its weights out of them into yet another place; weights
// that stand outside the graph it copies once, from where they are. Pure. Reads only as much protobuf as that takes
// (https://protobuf.dev/programming-guides/encoding/, onnx.proto: ModelProto, GraphProto, TensorProto).

/** Numbers of fields, as onnx.proto has them. */
const graphOfModel = 7
const initializerOfGraph = 5
const tensor = { rawData: 9, externalData: 13, dataLocation: 14 } as const

/** Shapes and other small numbers are read while the graph is made ready: those stay in it. */
const leastBytes = 1024

interface Field {
  readonly number: number
  readonly wire: number
  /** Of the whole field, tag included. */
  readonly start: number
  /** Of its payload. */
  readonly from: number
  readonly end: number
}

/**
 * The graph of `model` with its large weights taken out, naming them as parts of the file `location`: that file is
 * `model` itself. Undefined where there are none, or where the bytes are not what is expected: load them as they are.
 */
export function weightsApart(model: Uint8Array, location: string): Uint8Array<ArrayBuffer> | undefined {
  const read = fields(model, 0, model.length)
  const graphs = read?.filter(({ number, wire }) => number === graphOfModel && wire === 2)
  const [graph] = graphs ?? []
  if (read === undefined || graph === undefined || graphs?.length !== 1) return undefined
  const inner = fields(model, graph.from, graph.end)
  if (inner === undefined) return undefined
  let moved = 0
  const chunks = inner.map(field => {
    const apart =
      field.number === initializerOfGraph && field.wire === 2
        ? withoutData(model, field, location)
        : undefined
    if (apart === undefined) return model.subarray(field.start, field.end)
    moved++
    return lengthDelimited(initializerOfGraph, apart)
  })
  if (moved === 0) return undefined
  return joined(
    read.map(field =>
      field === graph
        ? lengthDelimited(graphOfModel, joined(chunks))
        : model.subarray(field.start, field.end),
    ),
  )
}

/** The tensor in `at` with a reference in the place of its bytes; undefined where it is small or has none. */
function withoutData(model: Uint8Array, at: Field, location: string): Uint8Array | undefined {
  const parts = fields(model, at.from, at.end)
  const raw = parts?.find(({ number, wire }) => number === tensor.rawData && wire === 2)
  if (parts === undefined || raw === undefined || raw.end - raw.from < leastBytes) return undefined
  if (parts.some(({ number }) => number === tensor.externalData || number === tensor.dataLocation))
    return undefined
  const entries = { location, offset: String(raw.from), length: String(raw.end - raw.from) }
  return joined([
    ...parts.filter(field => field !== raw).map(field => model.subarray(field.start, field.end)),
    ...Object.entries(entries).map(([key, value]) =>
      lengthDelimited(tensor.externalData, joined([text(1, key), text(2, value)])),
    ),
    // EXTERNAL
    Uint8Array.of(tensor.dataLocation << 3, 1),
  ])
}

/** The fields between `start` and `end`, or undefined where those bytes are no message. */
function fields(bytes: Uint8Array, start: number, end: number): Field[] | undefined {
  const found: Field[] = []
  let at = start
  const varint = (): number => {
    let value = 0
    for (let scale = 1; at < end && scale <= 2 ** 49; scale *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    return Number.NaN
  }
  while (at < end) {
    const fieldStart = at
    const tag = varint()
    const wire = tag % 8
    let from = at
    if (wire === 0) {
      // A negative number takes ten bytes: only its end counts.
      while (at < end && (bytes[at++] ?? 0) >= 128);
    } else if (wire === 1) at += 8
    else if (wire === 5) at += 4
    else if (wire === 2) {
      const length = varint()
      from = at
      at += length
    } else return undefined
    if (!(at <= end)) return undefined
    found.push({ number: Math.floor(tag / 8), wire, start: fieldStart, from, end: at })
  }
  return found
}

const utf8 = new TextEncoder()
const text = (number: number, value: string) => lengthDelimited(number, utf8.encode(value))

function lengthDelimited(number: number, payload: Uint8Array): Uint8Array {
  return joined([Uint8Array.from([(number << 3) | 2, ...varintOf(payload.length)]), payload])
}

function varintOf(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return [...bytes, rest]
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
