// CLIP: a text tower and a picture tower that project into one space. Three files, as Transformers.js looks for
// them: both towers with their similarity (model), and each alone (text_model, vision_model).
// Source: Radford et al. 2021, 'Learning Transferable Visual Models From Natural Language Supervision'
// (arXiv:2103.00020); 'base' is ViT-B/32. Pre-norm, quick GELU, the text read at its end token.
import { specialTokens } from '../folder/wordPiece.ts'
import type { GraphBuilder, Value } from '../graph/GraphBuilder.ts'
import { type Architecture, checkSizes, type JsonObject } from './Architecture.ts'
import { causal, positionsAfter } from './causal.ts'
import { additiveMask, layerNorm, linear, preNormBlock, quickGelu, sizeOf } from './layers.ts'
import { checkPatches, imagePreprocessor, patchEmbeddings } from './vit.ts'

export interface ClipParams {
  readonly vocabSize: number
  readonly maxPositions: number
  readonly textHiddenSize: number
  readonly textLayers: number
  readonly textHeads: number
  readonly imageSize: number
  readonly patchSize: number
  readonly visionHiddenSize: number
  readonly visionLayers: number
  readonly visionHeads: number
  readonly projectionSize: number
}

interface Tower {
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly intermediateSize: number
}

// What CLIP's temperature is at the start of training: ln(1 ÷ 0.07).
const logitScale = 2.6592

function textTower(p: ClipParams): Tower {
  const hiddenSize = p.textHiddenSize
  return { hiddenSize, layers: p.textLayers, heads: p.textHeads, intermediateSize: hiddenSize * 4 }
}

function visionTower(p: ClipParams): Tower {
  const hiddenSize = p.visionHiddenSize
  return { hiddenSize, layers: p.visionLayers, heads: p.visionHeads, intermediateSize: hiddenSize * 4 }
}

/** Text features [batch, projection], not normalised. */
function buildText(g: GraphBuilder, p: ClipParams): Value {
  const dims = ['text_batch_size', 'sequence_length']
  const tower = textTower(p)
  const ids = g.input('input_ids', 'int64', dims)
  const attention = g.input('attention_mask', 'int64', dims)
  const none = g.ints(0)
  const seen = g.cast(g.op('Unsqueeze', [attention, g.ints(1, 2)]), 'bool')
  const mask = additiveMask(g, g.op('And', [causal(g, none, sizeOf(g, ids, 1)), seen]))
  const table = g.weight('text.position.weight', [p.maxPositions, tower.hiddenSize], 0.3)
  const words = g.op('Gather', [g.weight('text.embed.weight', [p.vocabSize, tower.hiddenSize], 1), ids])
  let x = g.op('Add', [words, positionsAfter(g, table, none, ids)])
  for (let i = 0; i < tower.layers; i++)
    x = preNormBlock(g, x, `text.layer.${i}`, tower, { mask, activation: quickGelu })
  x = layerNorm(g, x, 'text.norm', tower.hiddenSize)
  const isEnd = g.cast(g.op('Equal', [ids, g.int(specialTokens.end)]), 'int32')
  const end = g.op('ArgMax', [isEnd], { axis: 1, keepdims: 1 })
  const pooled = g.op('GatherND', [x, end], { batch_dims: 1 })
  return linear(g, pooled, 'text.projection', tower.hiddenSize, p.projectionSize, { bias: false })
}

/** Picture features [batch, projection], not normalised. */
function buildVision(g: GraphBuilder, p: ClipParams): Value {
  const tower = visionTower(p)
  const pixels = g.floatInput('pixel_values', ['image_batch_size', 3, p.imageSize, p.imageSize])
  let x = patchEmbeddings(g, pixels, 'vision', { ...p, hiddenSize: tower.hiddenSize })
  x = layerNorm(g, x, 'vision.prenorm', tower.hiddenSize)
  for (let i = 0; i < tower.layers; i++)
    x = preNormBlock(g, x, `vision.layer.${i}`, tower, { activation: quickGelu })
  const cls = g.op('Gather', [x, g.int(0)], { axis: 1 })
  const pooled = layerNorm(g, cls, 'vision.norm', tower.hiddenSize)
  return linear(g, pooled, 'vision.projection', tower.hiddenSize, p.projectionSize, { bias: false })
}

function normalise(g: GraphBuilder, x: Value): Value {
  return g.op('Div', [x, g.op('ReduceL2', [x], { axes: [-1], keepdims: 1 })])
}

function buildBoth(g: GraphBuilder, p: ClipParams): void {
  const text = normalise(g, buildText(g, p))
  const image = normalise(g, buildVision(g, p))
  const similarity = g.op('MatMul', [text, g.op('Transpose', [image], { perm: [1, 0] })])
  const perText = g.op('Mul', [similarity, g.scalar(Math.exp(logitScale))])
  const perImage = g.op('Transpose', [perText], { perm: [1, 0] })
  g.floatOutput(perImage, 'logits_per_image', ['image_batch_size', 'text_batch_size'])
  g.floatOutput(perText, 'logits_per_text', ['text_batch_size', 'image_batch_size'])
  g.floatOutput(text, 'text_embeds', ['text_batch_size', p.projectionSize])
  g.floatOutput(image, 'image_embeds', ['image_batch_size', p.projectionSize])
}

function towerConfig(type: string, tower: Tower, more: JsonObject): JsonObject {
  return {
    model_type: type,
    hidden_act: 'quick_gelu',
    hidden_size: tower.hiddenSize,
    intermediate_size: tower.intermediateSize,
    num_attention_heads: tower.heads,
    num_hidden_layers: tower.layers,
    ...more,
  }
}

const shared = { vocabSize: 4096, maxPositions: 77 }

export const clip: Architecture<ClipParams> = {
  sizes: {
    tiny: {
      ...shared,
      ...{ textHiddenSize: 128, textLayers: 2, textHeads: 2, imageSize: 96, patchSize: 16 },
      ...{ visionHiddenSize: 128, visionLayers: 2, visionHeads: 2, projectionSize: 128 },
    },
    mini: {
      ...shared,
      ...{ textHiddenSize: 256, textLayers: 4, textHeads: 4, imageSize: 224, patchSize: 32 },
      ...{ visionHiddenSize: 256, visionLayers: 4, visionHeads: 4, projectionSize: 256 },
    },
    base: {
      ...{ ...shared, vocabSize: 49408 },
      ...{ textHiddenSize: 512, textLayers: 12, textHeads: 8, imageSize: 224, patchSize: 32 },
      ...{ visionHiddenSize: 768, visionLayers: 12, visionHeads: 12, projectionSize: 512 },
    },
  },
  task: 'zero-shot-image-classification',
  check: p =>
    checkSizes(p) ??
    checkPatches(p.imageSize, p.patchSize) ??
    checkSizes(textTower(p)) ??
    checkSizes(visionTower(p)),
  graphs: p => [
    { file: 'model', build: g => buildBoth(g, p) },
    {
      file: 'text_model',
      build: g => g.floatOutput(buildText(g, p), 'text_embeds', ['text_batch_size', p.projectionSize]),
    },
    {
      file: 'vision_model',
      build: g => g.floatOutput(buildVision(g, p), 'image_embeds', ['image_batch_size', p.projectionSize]),
    },
  ],
  vocabulary: params => ({ size: params.vocabSize, maxLength: params.maxPositions }),
  preprocessor: params => imagePreprocessor('CLIPImageProcessor', params.imageSize),
  config: p => ({
    architectures: ['CLIPModel'],
    model_type: 'clip',
    logit_scale_init_value: logitScale,
    projection_dim: p.projectionSize,
    text_config: towerConfig('clip_text_model', textTower(p), {
      eos_token_id: specialTokens.end,
      max_position_embeddings: p.maxPositions,
      vocab_size: p.vocabSize,
    }),
    vision_config: towerConfig('clip_vision_model', visionTower(p), {
      image_size: p.imageSize,
      patch_size: p.patchSize,
    }),
  }),
}
