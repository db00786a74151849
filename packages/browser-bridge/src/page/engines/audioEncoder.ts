// The task 'audio-feature-extraction', which Transformers.js has no pipeline for: samples → its feature extractor
// (Whisper's log-mel) → the encoder's graph.

import type { FeatureExtractor, Tensor } from '@huggingface/transformers'
import type { NamedTensor } from '@shoal/tensor'
import type { Run } from '../../protocol/messages.ts'
import { LaneError } from '../../protocol/wireErrors.ts'
import type { ModelFiles } from '../ModelFiles.ts'
import type { Answer, LoadedModel, RunControl } from './Engine.ts'
import { engineError } from './engineErrors.ts'
import { loadGraph } from './onnx.ts'
import type { OrtRuntime } from './ortRuntime.ts'
import { fromTransformers } from './taskAnswer.ts'
import { audioClips } from './taskInput.ts'

export async function loadAudioEncoder(
  runtime: OrtRuntime,
  files: ModelFiles,
  extractor: FeatureExtractor,
): Promise<LoadedModel> {
  const graph = await loadGraph(runtime, files)
  return { ...graph, run: (request, control) => runEncoder(graph, extractor, request, control) }
}

async function runEncoder(
  graph: LoadedModel,
  extractor: FeatureExtractor,
  request: Run,
  control: RunControl,
): Promise<Answer> {
  const { name } = graph.manifest
  const { input, tensors, returnInputs = false } = request
  const clips = input.kind === 'task' ? audioClips(name, input, tensors) : undefined
  if (input.kind !== 'task' || clips === undefined) {
    throw new LaneError('WrongInput', `${name}: task 'audio-feature-extraction' takes audio samples`)
  }
  const [clip] = clips
  if (clip === undefined || clips.length > 1) {
    throw new LaneError('WrongInput', `${name}: one audio clip a request, got ${clips.length}`)
  }
  const rate: unknown = extractor.config?.sampling_rate
  if (typeof rate === 'number' && input.audio?.samplingRate !== rate) {
    throw new LaneError(
      'WrongInput',
      `${name}: audio must be sampled at ${rate} Hz, got ${input.audio?.samplingRate} Hz`,
    )
  }
  const start = performance.now()
  const features = await extract(graph, extractor, clip)
  const preprocessMs = performance.now() - start
  const { outputs: asked } = request
  const answer = await graph.run(
    {
      ...request,
      input: { kind: 'tensors' },
      tensors: features,
      ...(asked === undefined ? {} : { outputs: asked }),
    },
    control,
  )
  return {
    ...answer,
    tensors: returnInputs ? [...features, ...answer.tensors] : answer.tensors,
    inputs: returnInputs ? features.length : 0,
    timing: { ...answer.timing, preprocessMs: preprocessMs + answer.timing.preprocessMs },
  }
}

/** Of what the extractor gives, what the graph takes. */
async function extract(
  graph: LoadedModel,
  extractor: FeatureExtractor,
  clip: Float32Array,
): Promise<NamedTensor[]> {
  let features: Record<string, Tensor>
  try {
    features = await extractor._call(clip)
  } catch (error) {
    throw engineError(error, 'run', graph.manifest.name)
  }
  return graph.inputs.flatMap(({ name }) => {
    const tensor = features[name]
    return tensor === undefined ? [] : [fromTransformers(name, tensor)]
  })
}
