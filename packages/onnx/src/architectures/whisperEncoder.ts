// Whisper's encoder: two convolutions over log-mel frames (the second halves time), sinusoidal positions,
// pre-norm layers. A tiny one hears a few seconds instead of thirty: the work grows with the square of that.
// Source: Radford et al. 2022, 'Robust Speech Recognition via Large-Scale Weak Supervision' (arXiv:2212.04356);
// sizes mini and base are OpenAI's tiny and base.
import type { GraphBuilder, Value } from '../graph/GraphBuilder.ts'
import { type Architecture, checkSizes, type JsonObject } from './Architecture.ts'
import { gelu, layerNorm, preNormBlock } from './layers.ts'

export interface WhisperEncoderParams {
  readonly melBins: number
  /** Length of audio that it hears; shorter audio is padded with silence. */
  readonly seconds: number
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly intermediateSize: number
}

const samplingRate = 16_000
const framesPerSecond = 100

function convolution(
  g: GraphBuilder,
  x: Value,
  name: string,
  inputs: number,
  outputs: number,
  stride: number,
): Value {
  const width = 3
  const weight = g.weight(`${name}.weight`, [outputs, inputs, width], 1.5 / Math.sqrt(inputs * width))
  const bias = g.weight(`${name}.bias`, [outputs], 0.05)
  return gelu(g, g.op('Conv', [x, weight, bias], { kernel_shape: [width], strides: [stride], pads: [1, 1] }))
}

/**
 * Sine and cosine of each position at wavelengths from 2π to 10,000 · 2π, as in the paper. The one place where a
 * seeded model's bytes rest on Math.sin and Math.exp; V8 computes both in software, the same on every machine.
 */
export function sinusoids(length: number, size: number): Float32Array {
  const table = new Float32Array(length * size)
  const half = size / 2
  const step = Math.log(10_000) / (half - 1)
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * Math.exp(-step * i)
      table[position * size + i] = Math.sin(angle)
      table[position * size + half + i] = Math.cos(angle)
    }
  }
  return table
}

/** Frames that the encoder gives: one for every two hops. */
export function sourcePositions(params: { readonly seconds: number }): number {
  return (params.seconds * framesPerSecond) / 2
}

export function buildEncoder(g: GraphBuilder, p: WhisperEncoderParams): void {
  const positions = sourcePositions(p)
  const features = g.floatInput('input_features', ['batch_size', p.melBins, positions * 2])
  let x = convolution(g, features, 'encoder.conv1', p.melBins, p.hiddenSize, 1)
  x = convolution(g, x, 'encoder.conv2', p.hiddenSize, p.hiddenSize, 2)
  x = g.op('Transpose', [x], { perm: [0, 2, 1] })
  const table = g.floats('encoder.positions', sinusoids(positions, p.hiddenSize), [positions, p.hiddenSize])
  x = g.op('Add', [x, table])
  for (let i = 0; i < p.layers; i++) x = preNormBlock(g, x, `encoder.layer.${i}`, p)
  x = layerNorm(g, x, 'encoder.norm', p.hiddenSize)
  g.floatOutput(x, 'last_hidden_state', ['batch_size', positions, p.hiddenSize])
}

export function audioPreprocessor(p: Pick<WhisperEncoderParams, 'melBins' | 'seconds'>): JsonObject {
  return {
    feature_extractor_type: 'WhisperFeatureExtractor',
    chunk_length: p.seconds,
    feature_size: p.melBins,
    hop_length: samplingRate / framesPerSecond,
    n_fft: 400,
    n_samples: p.seconds * samplingRate,
    nb_max_frames: p.seconds * framesPerSecond,
    padding_side: 'right',
    padding_value: 0,
    return_attention_mask: false,
    sampling_rate: samplingRate,
  }
}

export const whisperEncoderSizes = {
  tiny: { melBins: 80, seconds: 4, hiddenSize: 128, layers: 2, heads: 2, intermediateSize: 512 },
  mini: { melBins: 80, seconds: 30, hiddenSize: 384, layers: 4, heads: 6, intermediateSize: 1536 },
  base: { melBins: 80, seconds: 30, hiddenSize: 512, layers: 6, heads: 8, intermediateSize: 2048 },
} satisfies Record<string, WhisperEncoderParams>

/** The lone encoder, as `model` and as `encoder_model`. */
export const whisperEncoder: Architecture<WhisperEncoderParams> = {
  sizes: whisperEncoderSizes,
  task: 'audio-feature-extraction',
  check: checkSizes,
  graphs: params => [{ file: 'model', alsoAs: ['encoder_model'], build: g => buildEncoder(g, params) }],
  preprocessor: audioPreprocessor,
  // 'custom' makes Transformers.js load onnx/model.onnx alone; as 'whisper' it would ask for a decoder too.
  config: p => ({
    architectures: ['WhisperEncoder'],
    model_type: 'custom',
    activation_function: 'gelu',
    d_model: p.hiddenSize,
    encoder_attention_heads: p.heads,
    encoder_ffn_dim: p.intermediateSize,
    encoder_layers: p.layers,
    max_source_positions: sourcePositions(p),
    num_mel_bins: p.melBins,
  }),
}
