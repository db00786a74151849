// GPT-2 with a key-value cache: token and position embeddings, pre-norm causal layers, tied logits. The past
// length is read from the attention mask and not from a cache tensor, so that the graph can be cut anywhere.
// Source: Radford et al. 2019, 'Language Models are Unsupervised Multitask Learners' (GPT-2); 'base' is its 124M.

import { specialTokens } from '../folder/wordPiece.ts'
import type { GraphBuilder, Value } from '../graph/GraphBuilder.ts'
import { type Architecture, checkSizes } from './Architecture.ts'
import { causal, positionTable, tiedLogits, tokenTable } from './causal.ts'
import { additiveMask, attend, feedForward, geluTanh, keyValue, layerNorm, sizeOf } from './layers.ts'

export interface GptParams {
  readonly vocabSize: number
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly intermediateSize: number
  readonly maxPositions: number
}

function build(g: GraphBuilder, p: GptParams): void {
  const ids = g.input('input_ids', 'int64', ['batch_size', 'sequence_length'])
  const attention = g.input('attention_mask', 'int64', ['batch_size', 'total_sequence_length'])
  const all = sizeOf(g, attention, 1)
  const past = g.op('Sub', [all, sizeOf(g, ids, 1)])
  const allowed = g.op('And', [
    causal(g, past, all),
    g.cast(g.op('Unsqueeze', [attention, g.ints(1, 2)]), 'bool'),
  ])
  const mask = additiveMask(g, allowed)
  const embedding = tokenTable(g, 'wte.weight', p.vocabSize, p.hiddenSize)
  let x = g.op('Add', [g.op('Gather', [embedding, ids]), positionEmbeddings(g, attention, past, all, p)])
  const cacheDims = (length: string) => ['batch_size', p.heads, length, p.hiddenSize / p.heads]
  for (let i = 0; i < p.layers; i++) {
    const name = `h.${i}`
    const pastKey = g.input(`past_key_values.${i}.key`, g.float, cacheDims('past_sequence_length'))
    const pastValue = g.input(`past_key_values.${i}.value`, g.float, cacheDims('past_sequence_length'))
    const normed = layerNorm(g, x, `${name}.norm1`, p.hiddenSize)
    const fresh = keyValue(g, normed, `${name}.attention`, p)
    const present = {
      key: g.op('Concat', [pastKey, fresh.key], { axis: 2 }),
      value: g.op('Concat', [pastValue, fresh.value], { axis: 2 }),
    }
    g.output(present.key, `present.${i}.key`, g.float, cacheDims('total_sequence_length'))
    g.output(present.value, `present.${i}.value`, g.float, cacheDims('total_sequence_length'))
    x = g.op('Add', [x, attend(g, normed, present, `${name}.attention`, p, mask)])
    const middle = layerNorm(g, x, `${name}.norm2`, p.hiddenSize)
    x = g.op('Add', [x, feedForward(g, middle, `${name}.mlp`, p.hiddenSize, p.intermediateSize, geluTanh)])
  }
  const logits = tiedLogits(g, layerNorm(g, x, 'norm', p.hiddenSize), embedding, p.hiddenSize)
  g.floatOutput(logits, 'logits', ['batch_size', 'sequence_length', p.vocabSize])
}

/** Positions count attended tokens only, so that left padding shifts nothing. */
function positionEmbeddings(g: GraphBuilder, attention: Value, past: Value, all: Value, p: GptParams): Value {
  const counted = g.op('Sub', [g.op('CumSum', [attention, g.int(1)]), g.int(1)])
  const positions = g.op('Slice', [g.op('Max', [counted, g.int(0)]), past, all, g.ints(1)])
  return g.op('Gather', [positionTable(g, 'wpe.weight', p.maxPositions, p.hiddenSize), positions])
}

export const gptDecoder: Architecture<GptParams> = {
  sizes: {
    tiny: { vocabSize: 4096, hiddenSize: 128, layers: 2, heads: 2, intermediateSize: 512, maxPositions: 512 },
    mini: {
      vocabSize: 8192,
      hiddenSize: 256,
      layers: 4,
      heads: 4,
      intermediateSize: 1024,
      maxPositions: 1024,
    },
    base: {
      vocabSize: 50257,
      hiddenSize: 768,
      layers: 12,
      heads: 12,
      intermediateSize: 3072,
      maxPositions: 1024,
    },
  },
  task: 'text-generation',
  check: checkSizes,
  graphs: params => [{ file: 'model', build: g => build(g, params) }],
  vocabulary: params => ({ size: params.vocabSize, maxLength: params.maxPositions }),
  generation: () => generationTokens,
  config: p => ({
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    activation_function: 'gelu_new',
    ...generationTokens,
    n_ctx: p.maxPositions,
    n_embd: p.hiddenSize,
    n_head: p.heads,
    n_inner: p.intermediateSize,
    n_layer: p.layers,
    n_positions: p.maxPositions,
    vocab_size: p.vocabSize,
  }),
}

const generationTokens = {
  bos_token_id: specialTokens.start,
  eos_token_id: specialTokens.end,
  pad_token_id: specialTokens.pad,
}
