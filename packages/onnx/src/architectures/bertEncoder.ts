// BERT's encoder: token, position and segment embeddings, then post-norm transformer layers. Gives the last
// hidden state; pooling is the caller's.
// Source: Devlin et al. 2018, 'BERT' (arXiv:1810.04805); sizes tiny and mini by Turc et al. 2019
// (arXiv:1908.08962).
import type { GraphBuilder } from '../graph/GraphBuilder.ts'
import { type Architecture, checkSizes } from './Architecture.ts'
import { additiveMask, attend, feedForward, keyValue, layerNorm, sizeOf } from './layers.ts'

export interface BertParams {
  readonly vocabSize: number
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly intermediateSize: number
  readonly maxPositions: number
}

const epsilon = 1e-12
const segments = 2

function build(g: GraphBuilder, p: BertParams): void {
  const dims = ['batch_size', 'sequence_length']
  const ids = g.input('input_ids', 'int64', dims)
  const attention = g.input('attention_mask', 'int64', dims)
  const segmentIds = g.input('token_type_ids', 'int64', dims)
  const positions = g.op('Slice', [
    g.weight('embeddings.position.weight', [p.maxPositions, p.hiddenSize], 0.5),
    g.ints(0),
    sizeOf(g, ids, 1),
    g.ints(0),
  ])
  const words = g.op('Gather', [g.weight('embeddings.word.weight', [p.vocabSize, p.hiddenSize], 1), ids])
  const kinds = g.op('Gather', [
    g.weight('embeddings.segment.weight', [segments, p.hiddenSize], 0.3),
    segmentIds,
  ])
  let x = g.op('Add', [g.op('Add', [words, kinds]), positions])
  x = layerNorm(g, x, 'embeddings.norm', p.hiddenSize, epsilon)
  const mask = additiveMask(g, g.cast(g.op('Unsqueeze', [attention, g.ints(1, 2)]), 'bool'))
  for (let i = 0; i < p.layers; i++) {
    const name = `encoder.layer.${i}`
    const attended = attend(g, x, keyValue(g, x, `${name}.attention`, p), `${name}.attention`, p, mask)
    const middle = layerNorm(g, g.op('Add', [x, attended]), `${name}.norm1`, p.hiddenSize, epsilon)
    const fed = feedForward(g, middle, `${name}.mlp`, p.hiddenSize, p.intermediateSize)
    x = layerNorm(g, g.op('Add', [middle, fed]), `${name}.norm2`, p.hiddenSize, epsilon)
  }
  g.floatOutput(x, 'last_hidden_state', [...dims, p.hiddenSize])
}

export const bertEncoder: Architecture<BertParams> = {
  sizes: {
    tiny: { vocabSize: 4096, hiddenSize: 128, layers: 2, heads: 2, intermediateSize: 512, maxPositions: 512 },
    mini: {
      vocabSize: 30522,
      hiddenSize: 256,
      layers: 4,
      heads: 4,
      intermediateSize: 1024,
      maxPositions: 512,
    },
    base: {
      vocabSize: 30522,
      hiddenSize: 768,
      layers: 12,
      heads: 12,
      intermediateSize: 3072,
      maxPositions: 512,
    },
  },
  task: 'feature-extraction',
  check: checkSizes,
  graphs: params => [{ file: 'model', build: g => build(g, params) }],
  vocabulary: params => ({ size: params.vocabSize, maxLength: params.maxPositions }),
  config: p => ({
    architectures: ['BertModel'],
    model_type: 'bert',
    hidden_act: 'gelu',
    hidden_size: p.hiddenSize,
    intermediate_size: p.intermediateSize,
    layer_norm_eps: epsilon,
    max_position_embeddings: p.maxPositions,
    num_attention_heads: p.heads,
    num_hidden_layers: p.layers,
    pad_token_id: 0,
    type_vocab_size: segments,
    vocab_size: p.vocabSize,
  }),
}
