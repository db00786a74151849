// The parts that transformers are made of, on a GraphBuilder: linear, layer norm, GELU, attention, feed-forward.
// Weights are scaled so that activations keep unit variance and attention is neither flat nor a single spike:
// flat attention averages inputs away, and a model whose outputs are all alike proves nothing.
// Sources: Vaswani et al. 2017, 'Attention Is All You Need' (attention); Glorot & Bengio 2010 (scaled uniform
// initialisation); Ba et al. 2016 (layer norm); Hendrycks & Gimpel 2016 (GELU).
import type { GraphBuilder, Value } from '../graph/GraphBuilder.ts'

const biasDeviation = 0.05
// Query and key gains give attention logits a deviation of about 1.4.
const sharpness = 1.2

/** x · W + b over the last dimension. */
export function linear(
  g: GraphBuilder,
  x: Value,
  name: string,
  inputs: number,
  outputs: number,
  options: { readonly gain?: number; readonly bias?: boolean } = {},
): Value {
  const weight = g.weight(`${name}.weight`, [inputs, outputs], (options.gain ?? 1) / Math.sqrt(inputs))
  const product = g.op('MatMul', [x, weight])
  if (options.bias === false) return product
  return g.op('Add', [product, g.weight(`${name}.bias`, [outputs], biasDeviation)])
}

export function layerNorm(g: GraphBuilder, x: Value, name: string, size: number, epsilon = 1e-5): Value {
  const scale = g.weight(`${name}.weight`, [size], 0.1, 1)
  const bias = g.weight(`${name}.bias`, [size], biasDeviation)
  return g.op('LayerNormalization', [x, scale, bias], { axis: -1, epsilon: { float: epsilon } })
}

/** x · Φ(x), exact: half of x · (1 + erf(x ÷ √2)). */
export function gelu(g: GraphBuilder, x: Value): Value {
  const erf = g.op('Erf', [g.op('Mul', [x, g.scalar(Math.SQRT1_2)])])
  return g.op('Mul', [g.op('Mul', [x, g.scalar(0.5)]), g.op('Add', [erf, g.scalar(1)])])
}

/** GELU by tanh, as GPT-2 computes it. */
export function geluTanh(g: GraphBuilder, x: Value): Value {
  const cube = g.op('Mul', [g.op('Mul', [x, x]), x])
  const inner = g.op('Add', [x, g.op('Mul', [cube, g.scalar(0.044715)])])
  const tanh = g.op('Tanh', [g.op('Mul', [inner, g.scalar(Math.sqrt(2 / Math.PI))])])
  return g.op('Mul', [g.op('Mul', [x, g.scalar(0.5)]), g.op('Add', [tanh, g.scalar(1)])])
}

/** x · σ(1.702 x), the quick GELU of CLIP. */
export function quickGelu(g: GraphBuilder, x: Value): Value {
  return g.op('Mul', [x, g.op('Sigmoid', [g.op('Mul', [x, g.scalar(1.702)])])])
}

export interface Heads {
  readonly hiddenSize: number
  readonly heads: number
}

/** [batch, sequence, hidden] to [batch, heads, sequence, head size]. */
export function splitHeads(g: GraphBuilder, x: Value, { hiddenSize, heads }: Heads): Value {
  return g.op('Transpose', [g.op('Reshape', [x, g.ints(0, 0, heads, hiddenSize / heads)])], {
    perm: [0, 2, 1, 3],
  })
}

export interface KeyValue {
  readonly key: Value
  readonly value: Value
}

/** Projects `x` to keys and values, split into heads. */
export function keyValue(g: GraphBuilder, x: Value, name: string, size: Heads): KeyValue {
  const key = linear(g, x, `${name}.key`, size.hiddenSize, size.hiddenSize, { gain: sharpness, bias: false })
  const value = linear(g, x, `${name}.value`, size.hiddenSize, size.hiddenSize)
  return { key: splitHeads(g, key, size), value: splitHeads(g, value, size) }
}

/** Scaled dot-product attention of `x` on keys and values; `mask` is added to the scores. */
export function attend(
  g: GraphBuilder,
  x: Value,
  { key, value }: KeyValue,
  name: string,
  size: Heads,
  mask?: Value,
): Value {
  const query = linear(g, x, `${name}.query`, size.hiddenSize, size.hiddenSize, { gain: sharpness })
  const scaled = g.op('Mul', [
    splitHeads(g, query, size),
    g.scalar(1 / Math.sqrt(size.hiddenSize / size.heads)),
  ])
  const scores = g.op('MatMul', [scaled, g.op('Transpose', [key], { perm: [0, 1, 3, 2] })])
  const weights = g.op('Softmax', [mask === undefined ? scores : g.op('Add', [scores, mask])], { axis: -1 })
  const mixed = g.op('Transpose', [g.op('MatMul', [weights, value])], { perm: [0, 2, 1, 3] })
  const joined = g.op('Reshape', [mixed, g.ints(0, 0, size.hiddenSize)])
  return linear(g, joined, `${name}.output`, size.hiddenSize, size.hiddenSize)
}

/** Two linear layers with an activation between. */
export function feedForward(
  g: GraphBuilder,
  x: Value,
  name: string,
  hiddenSize: number,
  intermediateSize: number,
  activation: (g: GraphBuilder, x: Value) => Value = gelu,
): Value {
  const wide = activation(g, linear(g, x, `${name}.up`, hiddenSize, intermediateSize))
  return linear(g, wide, `${name}.down`, intermediateSize, hiddenSize)
}

/** A pre-norm block: x + attention(norm x), then + feed-forward(norm). */
export function preNormBlock(
  g: GraphBuilder,
  x: Value,
  name: string,
  size: Heads & { readonly intermediateSize: number },
  options: { readonly mask?: Value; readonly activation?: (g: GraphBuilder, x: Value) => Value } = {},
): Value {
  const normed = layerNorm(g, x, `${name}.norm1`, size.hiddenSize)
  const attended = attend(
    g,
    normed,
    keyValue(g, normed, `${name}.attention`, size),
    `${name}.attention`,
    size,
    options.mask,
  )
  const middle = g.op('Add', [x, attended])
  const fed = feedForward(
    g,
    layerNorm(g, middle, `${name}.norm2`, size.hiddenSize),
    `${name}.mlp`,
    size.hiddenSize,
    size.intermediateSize,
    options.activation,
  )
  return g.op('Add', [middle, fed])
}

/** 0 where `allowed` (a bool tensor) is true, −10,000 where not: far below any score, and within float16. */
export function additiveMask(g: GraphBuilder, allowed: Value): Value {
  return g.op('Where', [allowed, g.scalar(0), g.scalar(-10_000)])
}

/** The size of dimension `axis` of `x`, as a one-element int64 tensor. */
export function sizeOf(g: GraphBuilder, x: Value, axis: number): Value {
  return g.op('Shape', [x], { start: axis, end: axis + 1 })
}
