// Models for which Chromium and Firefox differ, each in another way, and some for which they do not: by the software adapter
// behind WebGPU, by what travels between host and page, by what WASM makes of them. They are as they are on any machine;
// which browser is the better one is for the measurements to say.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeModel, GraphBuilder, writeSeededModel } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'
import type { ModelInput, Platform } from '../../../src/index.ts'
import { words } from '../../words.ts'

export interface UnequalModel {
  readonly name: string
  readonly file: string
  readonly platform: Platform
  readonly input: ModelInput
}

/** @param folder for graphs that are made here */
export async function unequalModels(folder: string): Promise<UnequalModel[]> {
  const [mini, tiny, vit] = await Promise.all([
    writeSeededModel({ architecture: 'bertEncoder', size: 'mini' }),
    writeSeededModel({ architecture: 'bertEncoder' }),
    writeSeededModel({ architecture: 'vit' }),
  ])
  const [few, many] = [16, 2 ** 19]
  return [
    {
      name: 'BERT-tiny, 16 tokens, WebGPU on software adapters',
      file: tiny.dir,
      platform: 'webgpu',
      input: words(16),
    },
    {
      name: 'ViT-tiny, WebGPU on software adapters',
      file: vit.dir,
      platform: 'webgpu',
      input: { tensors: { pixel_values: floats(1, 3, 96, 96) } },
    },
    {
      name: 'two MiB there and back, WASM',
      file: await doubling(many, folder),
      platform: 'wasm',
      input: { tensors: { x: floats(1, many) } },
    },
    {
      name: 'sixteen numbers there and back, WASM',
      file: await doubling(few, folder),
      platform: 'wasm',
      input: { tensors: { x: floats(1, few) } },
    },
    {
      name: 'ViT-tiny, WASM',
      file: vit.dir,
      platform: 'wasm',
      input: { tensors: { pixel_values: floats(1, 3, 96, 96) } },
    },
    { name: 'BERT-mini, 64 tokens, WASM', file: mini.dir, platform: 'wasm', input: words(64) },
  ]
}

/** A graph that hands back twice what it is given: next to nothing but the way. */
async function doubling(length: number, folder: string): Promise<string> {
  const builder = new GraphBuilder({ name: 'double', seed: 0 })
  const x = builder.input('x', 'float32', [1, length])
  builder.output(builder.op('Add', [x, x]), 'y', 'float32', [1, length])
  const file = join(folder, `double-${length}.onnx`)
  await writeFile(file, joinChunks(encodeModel(builder.build())))
  return file
}

function floats(...dims: readonly number[]) {
  const length = dims.reduce((all, one) => all * one, 1)
  return { dtype: 'float32' as const, dims, data: Float32Array.from({ length }, (_, at) => Math.sin(at)) }
}
