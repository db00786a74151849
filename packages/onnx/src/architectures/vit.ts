// The Vision Transformer: an image cut into patches by a strided convolution, a class token, learned positions,
// pre-norm layers. Gives the last hidden state of class token and patches.
// Source: Dosovitskiy et al. 2020, 'An Image is Worth 16x16 Words' (arXiv:2010.11929); 'mini' is ViT-Ti of
// Touvron et al. 2020 (arXiv:2012.12877).
import type { GraphBuilder, Value } from '../graph/GraphBuilder.ts'
import { type Architecture, checkSizes, type JsonObject } from './Architecture.ts'
import { layerNorm, preNormBlock, sizeOf } from './layers.ts'

export interface ViTParams {
  readonly imageSize: number
  readonly patchSize: number
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly intermediateSize: number
}

const epsilon = 1e-12
const channels = 3

/** Pixels [batch, 3, image, image] to class token and patches with positions: [batch, 1 + patches, hidden]. */
export function patchEmbeddings(
  g: GraphBuilder,
  pixels: Value,
  name: string,
  p: Pick<ViTParams, 'imageSize' | 'patchSize' | 'hiddenSize'>,
): Value {
  const patches = (p.imageSize / p.patchSize) ** 2
  const fanIn = channels * p.patchSize ** 2
  const kernel = g.weight(
    `${name}.patch.weight`,
    [p.hiddenSize, channels, p.patchSize, p.patchSize],
    2 / Math.sqrt(fanIn),
  )
  const bias = g.weight(`${name}.patch.bias`, [p.hiddenSize], 0.05)
  const shape = [p.patchSize, p.patchSize]
  const grid = g.op('Conv', [pixels, kernel, bias], { kernel_shape: shape, strides: shape })
  const flat = g.op('Reshape', [grid, g.ints(0, p.hiddenSize, patches)])
  const tokens = g.op('Transpose', [flat], { perm: [0, 2, 1] })
  const batch = g.op('Concat', [sizeOf(g, pixels, 0), g.ints(1, p.hiddenSize)], { axis: 0 })
  const cls = g.op('Expand', [g.weight(`${name}.class`, [1, 1, p.hiddenSize], 1), batch])
  const positions = g.weight(`${name}.position.weight`, [1, patches + 1, p.hiddenSize], 0.3)
  return g.op('Add', [g.op('Concat', [cls, tokens], { axis: 1 }), positions])
}

/** preprocessor_config.json for pictures of one size with values in −1 … 1. */
export function imagePreprocessor(type: string, imageSize: number): JsonObject {
  return {
    image_processor_type: type,
    do_resize: true,
    size: { height: imageSize, width: imageSize },
    resample: 2,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
    do_convert_rgb: true,
  }
}

export function checkPatches(imageSize: number, patchSize: number): string | undefined {
  return imageSize % patchSize === 0
    ? undefined
    : `patchSize: must divide imageSize ${imageSize}, which ${patchSize} does not`
}

function build(g: GraphBuilder, p: ViTParams): void {
  const pixels = g.floatInput('pixel_values', ['batch_size', channels, p.imageSize, p.imageSize])
  let x = patchEmbeddings(g, pixels, 'embeddings', p)
  for (let i = 0; i < p.layers; i++) x = preNormBlock(g, x, `encoder.layer.${i}`, p)
  x = layerNorm(g, x, 'norm', p.hiddenSize, epsilon)
  g.floatOutput(x, 'last_hidden_state', ['batch_size', (p.imageSize / p.patchSize) ** 2 + 1, p.hiddenSize])
}

export const vit: Architecture<ViTParams> = {
  sizes: {
    tiny: { imageSize: 96, patchSize: 16, hiddenSize: 128, layers: 3, heads: 2, intermediateSize: 512 },
    mini: { imageSize: 224, patchSize: 16, hiddenSize: 192, layers: 12, heads: 3, intermediateSize: 768 },
    base: { imageSize: 224, patchSize: 16, hiddenSize: 768, layers: 12, heads: 12, intermediateSize: 3072 },
  },
  task: 'image-feature-extraction',
  check: params => checkSizes(params) ?? checkPatches(params.imageSize, params.patchSize),
  graphs: params => [{ file: 'model', build: g => build(g, params) }],
  preprocessor: params => imagePreprocessor('ViTImageProcessor', params.imageSize),
  config: p => ({
    architectures: ['ViTModel'],
    model_type: 'vit',
    hidden_act: 'gelu',
    hidden_size: p.hiddenSize,
    image_size: p.imageSize,
    intermediate_size: p.intermediateSize,
    layer_norm_eps: epsilon,
    num_attention_heads: p.heads,
    num_channels: channels,
    num_hidden_layers: p.layers,
    patch_size: p.patchSize,
    qkv_bias: true,
  }),
}
