// Builds an ONNX graph node by node: inputs, operators, constants, seeded weights, outputs. Gives a ModelProto;
// does not check shapes (onnxruntime does, and the tests run every architecture through it).
// IR version 8 and operator set 17: the oldest pair with LayerNormalization, which every back-end here reads.

import { elementCount, type Tensor, type TensorDtype } from '@shoal/tensor'
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from '../proto/messages.ts'
import { attributeType } from '../proto/messages.ts'
import { dtypeNumber } from '../tensor/elementType.ts'
import { tensorToProto } from '../tensor/tensorProto.ts'
import { SeededWeights } from './SeededWeights.ts'

declare const valueBrand: unique symbol
/** The name of a tensor in the graph being built. */
export type Value = string & { readonly [valueBrand]: true }

/** The element type that a model computes in. */
export type FloatDType = 'float32' | 'float16'
type Dim = number | string

/** A float attribute; plain numbers are integer attributes. */
export interface FloatAttribute {
  readonly float: number
}
export type AttributeInput = number | readonly number[] | string | FloatAttribute | GraphProto

export interface GraphOptions {
  readonly name: string
  readonly seed: number
  /** What weights and activations are kept in; graph inputs and outputs stay as declared. */
  readonly float?: FloatDType
}

/** What a graph and the branches inside it have in common. */
interface Shared {
  readonly initializer: TensorProto[]
  readonly known: Map<string, Value>
  nodes: number
}

export class GraphBuilder {
  readonly float: FloatDType
  readonly #options: GraphOptions
  readonly #weights: SeededWeights
  readonly #shared: Shared
  readonly #nodes: NodeProto[] = []
  readonly #inputs: ValueInfoProto[] = []
  readonly #outputs: ValueInfoProto[] = []

  constructor(options: GraphOptions, shared: Shared = { initializer: [], known: new Map(), nodes: 0 }) {
    this.float = options.float ?? 'float32'
    this.#options = options
    this.#weights = new SeededWeights(options.seed)
    this.#shared = shared
  }

  /** Declares an input. Dims are sizes or names of free dimensions. */
  input(name: string, dtype: TensorDtype, dims: readonly Dim[]): Value {
    this.#inputs.push(valueInfo(name, dtype, dims))
    return name as Value
  }

  /** Declares a float32 input and gives it in the type that the model computes in. */
  floatInput(name: string, dims: readonly Dim[]): Value {
    const value = this.input(name, 'float32', dims)
    return this.float === 'float32' ? value : this.cast(value, this.float)
  }

  /** Declares `value` as the output `name`. */
  output(value: Value, name: string, dtype: TensorDtype, dims: readonly Dim[]): void {
    this.#nodes.push({ opType: 'Identity', name: `output/${name}`, input: [value], output: [name] })
    this.#outputs.push(valueInfo(name, dtype, dims))
  }

  /** Declares a value of the model's own float type as a float32 output. */
  floatOutput(value: Value, name: string, dims: readonly Dim[]): void {
    this.output(this.float === 'float32' ? value : this.cast(value, 'float32'), name, 'float32', dims)
  }

  /** Adds an operator of the default domain with one output. */
  op(
    opType: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, AttributeInput>> = {},
  ): Value {
    return this.ops(opType, inputs, 1, attributes)[0] as Value
  }

  /** Adds an operator with several outputs. */
  ops(
    opType: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Readonly<Record<string, AttributeInput>> = {},
  ): Value[] {
    const id = `${opType}_${this.#shared.nodes++}`
    const results = Array.from({ length: outputs }, (_, i) => (outputs === 1 ? id : `${id}/${i}`) as Value)
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value))
    const node: NodeProto = { opType, name: id, input: [...inputs], output: [...results] }
    this.#nodes.push(attribute.length === 0 ? node : { ...node, attribute })
    return results
  }

  cast(value: Value, dtype: TensorDtype): Value {
    return this.op('Cast', [value], { to: dtypeNumber(dtype) })
  }

  /** A constant tensor; one name is one constant however often it is asked for. */
  constant(name: string, tensor: Tensor): Value {
    const known = this.#shared.known.get(name)
    if (known !== undefined) return known
    this.#shared.initializer.push(tensorToProto(tensor, name))
    this.#shared.known.set(name, name as Value)
    return name as Value
  }

  /** A one-dimensional int64 constant. */
  ints(...values: number[]): Value {
    return this.constant(`ints/${values.join(',')}`, int64(values, [values.length]))
  }

  /** An int64 scalar. */
  int(value: number): Value {
    return this.constant(`int/${value}`, int64([value], []))
  }

  /** A scalar in the model's float type. */
  scalar(value: number): Value {
    return this.constant(`scalar/${value}`, this.#floatTensor(Float32Array.of(value), []))
  }

  /** A constant float tensor in the model's float type. */
  floats(name: string, values: Float32Array, dims: readonly number[]): Value {
    return this.constant(name, this.#floatTensor(values, dims))
  }

  /** A seeded weight, uniform with the given standard deviation around `centre`. */
  weight(name: string, dims: readonly number[], deviation: number, centre = 0): Value {
    const known = this.#shared.known.get(name)
    if (known !== undefined) return known
    const values = this.#weights.uniform(name, elementCount(dims) ?? 0, deviation * Math.sqrt(3), centre)
    return this.floats(name, values, dims)
  }

  /** An If: both branches give the same number of values, and may use any value already in this graph. */
  branch(condition: Value, yes: (g: GraphBuilder) => Value[], no: (g: GraphBuilder) => Value[]): Value[] {
    const thenBranch = this.#subgraph('then', yes)
    const elseBranch = this.#subgraph('else', no)
    const attributes = { then_branch: thenBranch, else_branch: elseBranch }
    return this.ops('If', [condition], thenBranch.output?.length ?? 0, attributes)
  }

  build(): ModelProto {
    return {
      irVersion: 8,
      producerName: 'shoal',
      docString: 'seeded weights',
      graph: {
        name: this.#options.name,
        node: this.#nodes,
        initializer: this.#shared.initializer,
        input: this.#inputs,
        output: this.#outputs,
      },
      opsetImport: [{ domain: '', version: 17 }],
    }
  }

  #subgraph(name: string, fill: (g: GraphBuilder) => Value[]): GraphProto {
    const inner = new GraphBuilder(this.#options, this.#shared)
    const values = fill(inner)
    for (const value of values) {
      const named = inner.op('Identity', [value])
      inner.#outputs.push({ name: named, type: { tensorType: { elemType: dtypeNumber(this.float) } } })
    }
    return { name, node: inner.#nodes, output: inner.#outputs }
  }

  #floatTensor(values: Float32Array, dims: readonly number[]): Tensor {
    if (this.float === 'float32') return { dtype: 'float32', dims, data: values }
    return { dtype: 'float16', dims, data: new Uint16Array(new Float16Array(values).buffer) }
  }
}

function int64(values: readonly number[], dims: readonly number[]): Tensor {
  return { dtype: 'int64', dims, data: BigInt64Array.from(values, BigInt) }
}

function valueInfo(name: string, dtype: TensorDtype, dims: readonly Dim[]): ValueInfoProto {
  const dim = dims.map(size => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }))
  return { name, type: { tensorType: { elemType: dtypeNumber(dtype), shape: { dim } } } }
}

function attributeProto(name: string, value: AttributeInput): AttributeProto {
  if (typeof value === 'number') return { name, i: BigInt(value), type: attributeType.i }
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: attributeType.s }
  if (isInts(value)) return { name, ints: value.map(BigInt), type: attributeType.ints }
  if ('float' in value) return { name, f: value.float, type: attributeType.f }
  return { name, g: value, type: attributeType.g }
}

function isInts(value: AttributeInput): value is readonly number[] {
  return Array.isArray(value)
}
