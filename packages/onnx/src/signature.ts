// What a model asks for and gives: inputs and outputs with element type and dims, operator domains, external
// files. Read from the graph's declarations alone, nothing is run. With it, a wrong dtype, a wrong shape or a
// custom operator is refused before a browser is bothered.
import type { TensorDtype } from '@shoal/tensor'
import { InputMismatch, UnsupportedOperators } from './errors.ts'
import { decodeModel } from './proto/decode.ts'
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from './proto/messages.ts'
import type { DecodeLimits } from './proto/Reader.ts'
import { dtypeOf } from './tensor/elementType.ts'

export interface ValueSignature {
  readonly name: string
  /** undefined for a sequence, map or optional, and for element types without a form here. */
  readonly dtype: TensorDtype | undefined
  /** A number, the name of a free dimension, or null for one without a name; undefined where no shape is declared. */
  readonly dims: readonly (number | string | null)[] | undefined
}

export interface ModelSignature {
  readonly inputs: readonly ValueSignature[]
  readonly outputs: readonly ValueSignature[]
  readonly irVersion: number
  /** Operator sets imported; the default domain is ''. */
  readonly opsets: readonly { readonly domain: string; readonly version: number }[]
  /** Operators outside the default domain that the model does not define itself, as 'domain:Operator', sorted. */
  readonly foreignOperators: readonly string[]
  /** Files that weights are kept in beside the model, sorted. */
  readonly externalFiles: readonly string[]
}

// Domains whose operators the CPU and web builds of onnxruntime carry.
const carriedDomains = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft'])

/** Reads the signature of a serialised model, or of a decoded one. @throws OnnxDecodeError */
export function modelSignature(model: Uint8Array | ModelProto, limits: DecodeLimits = {}): ModelSignature {
  const proto = model instanceof Uint8Array ? decodeModel(model, limits) : model
  const graph = proto.graph ?? {}
  // Old exporters list initialisers among the inputs; they are defaults, not something to be fed.
  const initialised = new Set((graph.initializer ?? []).map(tensor => tensor.name))
  const found: Found = { operators: new Set(), files: new Set() }
  walk(graph, found)
  const own = new Set<string>()
  for (const fn of proto.functions ?? []) {
    own.add(operatorName(fn.domain, fn.name))
    for (const node of fn.node ?? []) visit(node, found)
  }
  return {
    inputs: (graph.input ?? []).filter(value => !initialised.has(value.name)).map(valueSignature),
    outputs: (graph.output ?? []).map(valueSignature),
    irVersion: proto.irVersion ?? 0,
    opsets: (proto.opsetImport ?? []).map(set => ({ domain: set.domain ?? '', version: set.version ?? 0 })),
    foreignOperators: [...found.operators].filter(operator => !own.has(operator)).sort(),
    externalFiles: [...found.files].sort(),
  }
}

/** Refuses a model with operators that no back-end here has. @throws UnsupportedOperators */
export function checkOperators(signature: ModelSignature): void {
  const operators = signature.foreignOperators.filter(
    operator => !carriedDomains.has(operator.slice(0, operator.lastIndexOf(':'))),
  )
  if (operators.length === 0) return
  throw new UnsupportedOperators({
    operators,
    message: `The model needs the custom operator${operators.length > 1 ? 's' : ''} ${operators.join(', ')}, which no back-end has; export it without ${operators.length > 1 ? 'them' : 'it'}`,
  })
}

/** Refuses tensors that do not fit the declared inputs, naming the first that does not. @throws InputMismatch */
export function checkInputs(
  signature: ModelSignature,
  tensors: Readonly<Record<string, { readonly dtype: string; readonly dims: readonly number[] }>>,
): void {
  const free = new Map<string, number>()
  for (const input of signature.inputs) {
    const tensor = tensors[input.name]
    const expected = describe(input)
    if (tensor === undefined) throw mismatch(input.name, expected, 'nothing', 'add it')
    const received = `${tensor.dtype} [${tensor.dims.join(', ')}]`
    if (input.dtype !== undefined && tensor.dtype !== input.dtype)
      throw mismatch(input.name, expected, received, `convert it to ${input.dtype}`)
    if (input.dims !== undefined && !dimsFit(input.dims, tensor.dims, free))
      throw mismatch(input.name, expected, received, 'reshape it (a named dim has one size in all inputs)')
  }
  const known = new Set(signature.inputs.map(input => input.name))
  const stranger = Object.keys(tensors).find(name => !known.has(name))
  if (stranger !== undefined)
    throw mismatch(
      stranger,
      `one of ${[...known].join(', ')}`,
      `'${stranger}'`,
      'remove it or correct its name',
    )
}

function dimsFit(
  expected: readonly (number | string | null)[],
  dims: readonly number[],
  free: Map<string, number>,
): boolean {
  if (expected.length !== dims.length) return false
  return expected.every((want, i) => {
    const size = dims[i] as number
    if (want === null) return true
    if (typeof want === 'number') return want === size
    const bound = free.get(want)
    if (bound === undefined) free.set(want, size)
    return bound === undefined || bound === size
  })
}

function describe(value: ValueSignature): string {
  const dims = value.dims === undefined ? '' : ` [${value.dims.map(dim => dim ?? '?').join(', ')}]`
  return `${value.dtype ?? 'a value'}${dims}`
}

function mismatch(input: string, expected: string, received: string, advice: string): InputMismatch {
  const message = `The model's input '${input}' must be ${expected}, but ${received} was given; ${advice}`
  return new InputMismatch({ input, expected, received, message })
}

interface Found {
  readonly operators: Set<string>
  readonly files: Set<string>
}

function walk(graph: GraphProto, found: Found): void {
  for (const tensor of graph.initializer ?? [])
    for (const entry of tensor.externalData ?? [])
      if (entry.key === 'location' && entry.value !== undefined) found.files.add(entry.value)
  for (const node of graph.node ?? []) visit(node, found)
}

function visit(node: NodeProto, found: Found): void {
  const domain = node.domain ?? ''
  if (domain !== '' && domain !== 'ai.onnx') found.operators.add(operatorName(domain, node.opType))
  for (const attribute of node.attribute ?? []) {
    if (attribute.g !== undefined) walk(attribute.g, found)
    for (const graph of attribute.graphs ?? []) walk(graph, found)
  }
}

function operatorName(domain = '', operator = ''): string {
  return `${domain}:${operator}`
}

function valueSignature(value: ValueInfoProto): ValueSignature {
  const tensor = value.type?.tensorType
  return {
    name: value.name ?? '',
    dtype: dtypeOf(tensor?.elemType),
    // A negative dim_value is some exporters' way of saying 'free'.
    dims:
      tensor?.shape?.dim?.map(dim => {
        if (dim.dimValue !== undefined && dim.dimValue >= 0) return dim.dimValue
        return dim.dimParam === undefined || dim.dimParam === '' ? null : dim.dimParam
      }) ?? (tensor?.shape === undefined ? undefined : []),
  }
}
