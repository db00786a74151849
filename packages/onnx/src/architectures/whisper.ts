// Whisper whole: the encoder, and the decoder with caches for itself and for the encoder's keys and values. The
// decoder is 'merged' as Transformers.js expects: `use_cache_branch` says whether the encoder's keys and values
// come from the cache or are projected from its hidden states.
// Source: Radford et al. 2022 (arXiv:2212.04356); names of inputs and outputs as Hugging Face Optimum exports.

import { specialTokens } from '../folder/wordPiece.ts'
import type { GraphBuilder, Value } from '../graph/GraphBuilder.ts'
import { type Architecture, checkSizes } from './Architecture.ts'
import { causal, positionsAfter, positionTable, tiedLogits, tokenTable } from './causal.ts'
import { additiveMask, attend, feedForward, type KeyValue, keyValue, layerNorm, sizeOf } from './layers.ts'
import {
  audioPreprocessor,
  buildEncoder,
  sourcePositions,
  type WhisperEncoderParams,
  whisperEncoderSizes,
} from './whisperEncoder.ts'

/** Encoder and decoder have the same depth and width. */
export interface WhisperParams extends WhisperEncoderParams {
  readonly vocabSize: number
  readonly maxTargets: number
}

function buildDecoder(g: GraphBuilder, p: WhisperParams): void {
  const ids = g.input('input_ids', 'int64', ['batch_size', 'decoder_sequence_length'])
  const hidden = g.floatInput('encoder_hidden_states', [
    'batch_size',
    'encoder_sequence_length',
    p.hiddenSize,
  ])
  const cacheDims = (length: string) => ['batch_size', p.heads, length, p.hiddenSize / p.heads]
  const cached = (layer: number, side: 'decoder' | 'encoder'): KeyValue => {
    const dims = cacheDims(
      side === 'decoder' ? 'past_decoder_sequence_length' : 'past_encoder_sequence_length',
    )
    const name = `past_key_values.${layer}.${side}`
    return { key: g.input(`${name}.key`, g.float, dims), value: g.input(`${name}.value`, g.float, dims) }
  }
  const pasts = Array.from({ length: p.layers }, (_, i) => ({
    own: cached(i, 'decoder'),
    encoder: cached(i, 'encoder'),
  }))
  const useCache = g.input('use_cache_branch', 'bool', [1])
  const crossed = crossKeyValues(
    g,
    useCache,
    hidden,
    pasts.map(past => past.encoder),
    p,
  )
  const past = sizeOf(g, (pasts[0] as (typeof pasts)[0]).own.key, 2)
  const mask = additiveMask(g, causal(g, past, g.op('Add', [past, sizeOf(g, ids, 1)])))
  const embedding = tokenTable(g, 'decoder.embed.weight', p.vocabSize, p.hiddenSize)
  const table = positionTable(g, 'decoder.position.weight', p.maxTargets, p.hiddenSize)
  let x = g.op('Add', [g.op('Gather', [embedding, ids]), positionsAfter(g, table, past, ids)])
  for (const [i, { own }] of pasts.entries()) {
    const name = `decoder.layer.${i}`
    const normed = layerNorm(g, x, `${name}.norm1`, p.hiddenSize)
    const fresh = keyValue(g, normed, `${name}.self`, p)
    const present = {
      key: g.op('Concat', [own.key, fresh.key], { axis: 2 }),
      value: g.op('Concat', [own.value, fresh.value], { axis: 2 }),
    }
    const cross = crossed[i] as KeyValue
    for (const part of ['key', 'value'] as const) {
      g.output(present[part], `present.${i}.decoder.${part}`, g.float, cacheDims('total_sequence_length'))
      g.output(cross[part], `present.${i}.encoder.${part}`, g.float, cacheDims('encoder_sequence_length_out'))
    }
    x = g.op('Add', [x, attend(g, normed, present, `${name}.self`, p, mask)])
    const query = layerNorm(g, x, `${name}.norm2`, p.hiddenSize)
    x = g.op('Add', [x, attend(g, query, cross, `${name}.cross`, p)])
    const last = layerNorm(g, x, `${name}.norm3`, p.hiddenSize)
    x = g.op('Add', [x, feedForward(g, last, `${name}.mlp`, p.hiddenSize, p.intermediateSize)])
  }
  const logits = tiedLogits(g, layerNorm(g, x, 'decoder.norm', p.hiddenSize), embedding, p.hiddenSize)
  g.floatOutput(logits, 'logits', ['batch_size', 'decoder_sequence_length', p.vocabSize])
}

function crossKeyValues(
  g: GraphBuilder,
  useCache: Value,
  hidden: Value,
  cached: readonly KeyValue[],
  p: WhisperParams,
): KeyValue[] {
  const flat = g.branch(
    useCache,
    () => cached.flatMap(({ key, value }) => [key, value]),
    inner =>
      cached.flatMap((_, i) => {
        const { key, value } = keyValue(inner, hidden, `decoder.layer.${i}.cross`, p)
        return [key, value]
      }),
  )
  return cached.map((_, i) => ({ key: flat[2 * i] as Value, value: flat[2 * i + 1] as Value }))
}

export const whisper: Architecture<WhisperParams> = {
  sizes: {
    tiny: { ...whisperEncoderSizes.tiny, vocabSize: 4096, maxTargets: 128 },
    mini: { ...whisperEncoderSizes.mini, vocabSize: 51865, maxTargets: 448 },
    base: { ...whisperEncoderSizes.base, vocabSize: 51865, maxTargets: 448 },
  },
  task: 'automatic-speech-recognition',
  check: checkSizes,
  graphs: params => [
    { file: 'encoder_model', build: g => buildEncoder(g, params) },
    { file: 'decoder_model_merged', build: g => buildDecoder(g, params) },
  ],
  vocabulary: params => ({
    size: params.vocabSize,
    maxLength: params.maxTargets,
    tokenizerClass: 'WhisperTokenizer',
    // Transformers.js reads every id after this one as a time; as the last id it leaves none.
    last: ['<|notimestamps|>'],
  }),
  preprocessor: params => ({ ...audioPreprocessor(params), processor_class: 'WhisperProcessor' }),
  generation: params => ({
    ...generationTokens,
    is_multilingual: false,
    max_length: params.maxTargets,
    no_timestamps_token_id: params.vocabSize - 1,
  }),
  config: p => ({
    architectures: ['WhisperForConditionalGeneration'],
    model_type: 'whisper',
    is_encoder_decoder: true,
    activation_function: 'gelu',
    ...generationTokens,
    d_model: p.hiddenSize,
    decoder_attention_heads: p.heads,
    decoder_ffn_dim: p.intermediateSize,
    decoder_layers: p.layers,
    encoder_attention_heads: p.heads,
    encoder_ffn_dim: p.intermediateSize,
    encoder_layers: p.layers,
    max_source_positions: sourcePositions(p),
    max_target_positions: p.maxTargets,
    num_mel_bins: p.melBins,
    vocab_size: p.vocabSize,
  }),
}

const generationTokens = {
  bos_token_id: specialTokens.start,
  decoder_start_token_id: specialTokens.start,
  eos_token_id: specialTokens.end,
  pad_token_id: specialTokens.pad,
}
