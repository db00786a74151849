// What decoders share: which positions may be seen, and the step from hidden state to logits.
import type { GraphBuilder, Value } from '../graph/GraphBuilder.ts'
import { sizeOf } from './layers.ts'

/** Bool [new, all]: whether new position i (after `past` cached ones) may see position j. All counts as [1]. */
export function causal(g: GraphBuilder, past: Value, all: Value): Value {
  const scalar = (value: Value) => g.op('Squeeze', [value])
  const columns = g.op('Range', [g.int(0), scalar(all), g.int(1)])
  const rows = g.op('Range', [scalar(past), scalar(all), g.int(1)])
  return g.op('LessOrEqual', [g.op('Unsqueeze', [columns, g.ints(0)]), g.op('Unsqueeze', [rows, g.ints(1)])])
}

/** Rows past … past + new of a position table. */
export function positionsAfter(g: GraphBuilder, table: Value, past: Value, ids: Value): Value {
  return g.op('Slice', [table, past, g.op('Add', [past, sizeOf(g, ids, 1)]), g.ints(0)])
}

// Small beside what the blocks add: with tied weights a token embedding that dominates the hidden state would
// make every token predict itself, and a decoder that only echoes hides a broken cache.
const tokenDeviation = 0.15
const positionDeviation = 0.05

/** The token embedding of a decoder whose logits are tied to it. */
export function tokenTable(g: GraphBuilder, name: string, vocabSize: number, hiddenSize: number): Value {
  return g.weight(name, [vocabSize, hiddenSize], tokenDeviation)
}

/** The learned positions that go with `tokenTable`. */
export function positionTable(g: GraphBuilder, name: string, positions: number, hiddenSize: number): Value {
  return g.weight(name, [positions, hiddenSize], positionDeviation)
}

/**
 * Logits by the transposed token embedding (tied weights: Press & Wolf 2016, arXiv:1608.05859), scaled so that
 * their deviation stays about 3 at any hidden size and sampling is neither certain nor uniform.
 */
export function tiedLogits(g: GraphBuilder, x: Value, embedding: Value, hiddenSize: number): Value {
  const scaled = g.op('Mul', [x, g.scalar(3 / (tokenDeviation * Math.sqrt(hiddenSize)))])
  return g.op('MatMul', [scaled, g.op('Transpose', [embedding], { perm: [1, 0] })])
}
