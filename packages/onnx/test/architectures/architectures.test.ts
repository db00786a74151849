// Every architecture, at its tiny size and in every dtype, in onnxruntime-node.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { joinChunks, type Tensor } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import {
  type ArchitectureName,
  architectureNames,
  checkInputs,
  checkOperators,
  compareTensors,
  decodeModel,
  encodeModel,
  type ModelSignature,
  modelSignature,
  writeSeededModel,
} from '../../src/index.ts'
import { feedsFor, runReference, type Tensors } from '../reference.ts'
import { temporaryFolder } from '../temporaryFolder.ts'

const cacheDir = temporaryFolder()
const files: Record<Exclude<ArchitectureName, 'identity'>, readonly string[]> = {
  bertEncoder: ['model'],
  vit: ['model'],
  whisperEncoder: ['model', 'encoder_model'],
  whisper: ['encoder_model', 'decoder_model_merged'],
  gptDecoder: ['model'],
  clip: ['model', 'text_model', 'vision_model'],
}
const cases = Object.entries(files).flatMap(([name, list]) =>
  list.map(file => [name as ArchitectureName, file] as const),
)

async function open(architecture: ArchitectureName, file: string, suffix = '') {
  const { dir } = await writeSeededModel({ architecture, cacheDir, dtypes: ['fp32', 'fp16', 'q8'] })
  const bytes = readFileSync(join(dir, 'onnx', `${file}${suffix}.onnx`))
  return { bytes, signature: modelSignature(bytes) }
}

function rms(tensor: Tensor): number {
  const data = tensor.data as Float32Array
  return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length)
}

function floatOutputs(outputs: Tensors): [string, Tensor][] {
  return Object.entries(outputs).filter(([, tensor]) => tensor.dtype === 'float32')
}

function fits(signature: ModelSignature, outputs: Tensors): void {
  for (const { name, dtype, dims } of signature.outputs) {
    const tensor = outputs[name] as Tensor
    expect(tensor.dtype).toBe(dtype)
    expect(tensor.dims).toEqual(
      (dims ?? []).map((dim, i) => (typeof dim === 'number' ? dim : tensor.dims[i])),
    )
    for (const x of tensor.data as Float32Array)
      if (!Number.isFinite(x)) expect.unreachable(`${name} holds ${x}`)
  }
}

it('the table above names every architecture but identity', () => {
  expect([...Object.keys(files), 'identity'].sort()).toEqual([...architectureNames].sort())
})

describe.each(cases)('%s / %s', (architecture, file) => {
  it('loads and runs at two batch sizes and lengths, with the shapes it declares and finite values', async () => {
    const { bytes, signature } = await open(architecture, file)
    checkOperators(signature)
    for (const [batch, length] of [
      [1, 8],
      [3, 5],
    ] as const) {
      const feeds = feedsFor(signature, { seed: 1, batch, length })
      checkInputs(signature, feeds)
      fits(signature, await runReference(bytes, feeds))
    }
  })

  it('gives different answers for different inputs: every output differs by more than a tenth of its rms', async () => {
    const { bytes, signature } = await open(architecture, file)
    const first = await runReference(bytes, feedsFor(signature, { seed: 1, batch: 2 }))
    const second = await runReference(bytes, feedsFor(signature, { seed: 2, batch: 2 }))
    for (const [name, tensor] of floatOutputs(first)) {
      const { rmsDiff, matches } = compareTensors(second[name] as Tensor, tensor, 'q8')
      expect(matches).toBe(false)
      expect(rmsDiff).toBeGreaterThan(0.1 * rms(tensor))
      // Where the model does not normalise its output to unit length, a tenth in absolute terms too.
      if (rms(tensor) > 0.5) expect(rmsDiff).toBeGreaterThan(0.1)
    }
  })

  it('does not match with one row of one input exchanged for another', async () => {
    const { bytes, signature } = await open(architecture, file)
    const feeds = feedsFor(signature, { seed: 1, batch: 2 })
    const swapped = Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => [name, swapRows(tensor)]),
    )
    const outputs = await runReference(bytes, feeds)
    const exchanged = await runReference(bytes, swapped)
    for (const [name, tensor] of floatOutputs(outputs))
      expect(compareTensors(exchanged[name] as Tensor, tensor, 'q8').matches).toBe(false)
  })

  it('does not match with one weight matrix perturbed by a hundredth', async () => {
    const { bytes, signature } = await open(architecture, file)
    const feeds = feedsFor(signature, { seed: 1 })
    // Cached keys and values of the first layer do not depend on its query.
    const outputs = floatOutputs(await runReference(bytes, feeds)).filter(
      ([name]) => !name.startsWith('present'),
    )
    const perturbed = await runReference(perturb(bytes), feeds)
    const matching = outputs.filter(
      ([name, tensor]) => compareTensors(perturbed[name] as Tensor, tensor, 'fp32').matches,
    )
    expect(matching.map(([name]) => name)).toEqual([])
  })

  it('in fp16 agrees with fp32 at the tolerance of fp16, and fails that of fp32', async () => {
    const { bytes, signature } = await open(architecture, file)
    const feeds = feedsFor(signature, { seed: 1 })
    const half = await open(architecture, file, '_fp16')
    const wanted = await runReference(bytes, feeds)
    const got = await runReference(half.bytes, feedsFor(half.signature, { seed: 1 }))
    fits(half.signature, got)
    for (const [name, tensor] of floatOutputs(got)) {
      expect(compareTensors(tensor, wanted[name] as Tensor, 'fp16').reason).toBeUndefined()
      expect(compareTensors(tensor, wanted[name] as Tensor, 'fp32').matches).toBe(false)
    }
  })

  it('in q8 agrees with fp32 at a cosine of 0.999, and fails the tolerance of fp16', async () => {
    const { bytes, signature } = await open(architecture, file)
    const quantized = await open(architecture, file, '_quantized')
    // Text and pictures enough that one similarity of two vectors is not all there is to judge.
    const feeds = feedsFor(signature, { seed: 1, batch: 4 })
    const wanted = await runReference(bytes, feeds)
    const got = await runReference(quantized.bytes, feeds)
    expect(quantized.bytes.length).toBeLessThan(bytes.length / 2)
    for (const [name, tensor] of floatOutputs(got)) {
      const reference = wanted[name] as Tensor
      expect(compareTensors(tensor, reference, 'q8').reason).toBeUndefined()
      if (name.startsWith('last') || name === 'logits')
        expect(compareTensors(tensor, reference, 'fp16').matches).toBe(false)
    }
  })
})

/** The rows of the batch in reverse order. */
function swapRows(tensor: Tensor): Tensor {
  const [batch = 1] = tensor.dims
  const data = tensor.data as Float32Array
  const row = data.length / batch
  if (row === 0 || tensor.dtype === 'bool') return tensor
  const swapped = data.slice()
  for (let i = 0; i < batch; i++) swapped.set(data.subarray(i * row, (i + 1) * row), (batch - 1 - i) * row)
  return { ...tensor, data: swapped } as Tensor
}

/** The first attention query of each tower, scaled by 1.01. */
function perturb(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes)
  const graph = model.graph ?? {}
  const initializer = (graph.initializer ?? []).map(tensor => {
    if (!/layer\.0\.\w+\.query\.weight|h\.0\.attention\.query\.weight/.test(tensor.name ?? '')) return tensor
    const raw = new Uint8Array(tensor.rawData ?? [])
    const values = new Float32Array(raw.buffer)
    for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * 1.01
    return { ...tensor, rawData: raw }
  })
  return joinChunks(encodeModel({ ...model, graph: { ...graph, initializer } }))
}
