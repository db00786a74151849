// Three models to prove with: a text encoder, a vision encoder and an audio encoder of real architectures with
// seeded weights, made on this machine and kept in the cache.

import { writeSeededModel } from '@shoal/onnx'
import type { ModelType } from '@shoal/pool'
import { images, type ProofInputs, sounds, texts } from './inputs.ts'
import { asIs, meanPooled } from './postProcess.ts'
import type { ReferenceModel } from './Reference.ts'

export interface ProofModel {
  readonly name: string
  readonly type: ModelType
  readonly folder: string
  readonly inputs: ProofInputs
  /** The Transformers.js task's own options. */
  readonly options?: Readonly<Record<string, unknown>>
  readonly reference: ReferenceModel
}

export async function makeModels(cacheDir: string | undefined): Promise<ProofModel[]> {
  const cache = cacheDir === undefined ? {} : { cacheDir }
  const [bert, vit, whisper] = await Promise.all([
    writeSeededModel({ architecture: 'bertEncoder', size: 'tiny', ...cache }),
    writeSeededModel({ architecture: 'vit', size: 'tiny', ...cache }),
    writeSeededModel({ architecture: 'whisperEncoder', size: 'tiny', ...cache }),
  ])
  return [
    {
      name: bert.name,
      type: 'text_embedding',
      folder: bert.dir,
      inputs: texts,
      options: { pooling: 'mean', normalize: true },
      reference: { folder: bert.dir, post: meanPooled, tokenizesHere: true },
    },
    {
      name: vit.name,
      type: 'vision',
      folder: vit.dir,
      inputs: images,
      reference: { folder: vit.dir, post: asIs('last_hidden_state'), tokenizesHere: false },
    },
    {
      name: whisper.name,
      type: 'audio',
      folder: whisper.dir,
      inputs: sounds,
      reference: { folder: whisper.dir, post: asIs('last_hidden_state'), tokenizesHere: false },
    },
  ]
}
