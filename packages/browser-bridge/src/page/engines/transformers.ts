// The engine for tasks: Transformers.js pipelines, with every file from the host and ONNX Runtime through the tap.

import {
  AutoFeatureExtractor,
  env,
  LogLevel,
  type PreTrainedTokenizer,
  pipeline,
} from '@huggingface/transformers'
import type * as ort from 'onnxruntime-web'
import type { Run, TaskInput } from '../../protocol/messages.ts'
import { modalityOf } from '../../protocol/tasks.ts'
import { LaneError } from '../../protocol/wireErrors.ts'
import type { ModelFiles } from '../ModelFiles.ts'
import { loadAudioEncoder } from './audioEncoder.ts'
import type { Answer, Engine, LoadedModel, RunControl } from './Engine.ts'
import { engineError } from './engineErrors.ts'
import { externalFiles } from './externalData.ts'
import { type OrtRuntime, sessionOptions } from './ortRuntime.ts'
import { fromOrt } from './ortTensors.ts'
import { SessionTap, type TappedOptions, useLock } from './tap.ts'
import { taskAnswer } from './taskAnswer.ts'
import { pipelineArguments } from './taskInput.ts'
import { writing } from './writing.ts'

/** Models by the name that Transformers.js knows them by here: its fetches say whose files they want. */
const filesOf = new Map<string, ModelFiles>()
let loads = 0

const host = 'https://shoal.invalid/'

/** All of Transformers.js' fetches come through here; nothing reaches a network that is not the host's. */
async function fetchFromHost(input: string | URL, init?: RequestInit): Promise<Response> {
  const [, name = '', path = ''] = /^https:\/\/shoal\.invalid\/([^/]+)\/(.*)$/.exec(String(input)) ?? []
  const files = filesOf.get(name)
  if (files === undefined) return new Response(null, { status: 404 })
  return await files.response(decodeURIComponent(path), init)
}

env.remoteHost = host
env.remotePathTemplate = '{model}/'
env.fetch = fetchFromHost
env.allowLocalModels = false
env.useBrowserCache = false
env.useWasmCache = false
env.logLevel = LogLevel.NONE

export function transformersEngine(runtime: OrtRuntime): Engine {
  useLock(runtime.lock)
  return { load: files => loadNamed(runtime, files) }
}

async function loadNamed(runtime: OrtRuntime, files: ModelFiles): Promise<LoadedModel> {
  const name = `model-${++loads}`
  filesOf.set(name, files)
  try {
    return await loadTask(runtime, files, name)
  } catch (error) {
    throw loadError(error, files)
  } finally {
    filesOf.delete(name)
  }
}

function loadError(thrown: unknown, { manifest }: ModelFiles): LaneError {
  if (thrown instanceof LaneError) return thrown
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  if (/unsupported pipeline/i.test(text)) {
    return new LaneError(
      'UnknownTask',
      `${manifest.name}: there is no task '${manifest.task}': ${text.slice(0, 600)}`,
    )
  }
  const file = /could not locate file: "https:\/\/shoal\.invalid\/[^/]+\/([^"]+)"/i.exec(text)?.[1]
  if (file !== undefined) {
    return new LaneError(
      'ModelFileMissing',
      `${manifest.name}: task '${manifest.task}' needs '${file}', which the model lacks`,
    )
  }
  return engineError(thrown, 'load', manifest.name)
}

async function loadTask(runtime: OrtRuntime, files: ModelFiles, name: string): Promise<LoadedModel> {
  const { manifest } = files
  const task = manifest.task ?? ''
  if (task === 'audio-feature-extraction') {
    const extractor = await AutoFeatureExtractor.from_pretrained(name)
    return await loadAudioEncoder(runtime, files, extractor)
  }
  const tap = new SessionTap(runtime.lock)
  const tapped: TappedOptions = { ...sessionOptions(runtime.backend), tap }
  const external = externalFiles(manifest).length
  // Its type lists the pipelines that it knows; ours are any string, and it refuses what it does not know.
  const run = await pipeline(task as 'feature-extraction', name, {
    device: runtime.backend,
    dtype: manifest.partDtypes ?? manifest.dtype,
    session_options: tapped,
    ...(external === 0 ? {} : { use_external_data_format: external }),
  }).catch(async (error: unknown) => {
    await tap.giveUp()
    throw error
  })
  return {
    manifest,
    inputs: tap.inputs,
    outputs: tap.outputs,
    createMs: tap.createMs,
    run: (request, control) =>
      runTask({ run: run as unknown as Pipeline, tap, name: manifest.name, task }, request, control),
    dispose: () => runtime.lock.run(() => run.dispose().then(() => undefined)),
  }
}

interface Pipeline {
  (...args: unknown[]): Promise<unknown>
  readonly tokenizer: PreTrainedTokenizer
}

interface LoadedTask {
  readonly run: Pipeline
  readonly tap: SessionTap
  readonly name: string
  readonly task: string
}

async function runTask(
  { run, tap, name, task }: LoadedTask,
  { input, tensors, returnInputs = false }: Run,
  control: RunControl,
): Promise<Answer> {
  if (input.kind !== 'task') {
    throw new LaneError(
      'WrongInput',
      `${name} was loaded for task '${task}': it takes text, image or audio, not tensors`,
    )
  }
  const start = performance.now()
  const trace = tap.record(control)
  const writes = modalityOf(task)?.writes === true
  if (writes && control.streams && Array.isArray(input.text) && input.text.length > 1) {
    throw new LaneError('WrongInput', `${name}: one text at a time can be streamed, got ${input.text.length}`)
  }
  const ours = writes ? writing(input.options ?? {}, run.tokenizer, trace, control) : undefined
  const asked: TaskInput = ours === undefined ? input : { ...input, options: ours.options }
  const args = await pipelineArguments(name, task, asked, tensors)
  let value: unknown
  try {
    ours?.seed()
    value = await run(...args)
  } catch (error) {
    throw engineError(error, 'run', name)
  }
  if (trace.generates && control.stopped !== undefined) throw control.stopped
  const answer = taskAnswer(value)
  const inputs = returnInputs
    ? Object.entries(trace.firstFeeds ?? {}).map(([key, tensor]) => fromOrt(key, tensor as ort.Tensor))
    : []
  const { firstRunAt = start, lastRunEnd = start, computeMs } = trace
  const end = performance.now()
  return {
    ...answer,
    tensors: [...inputs, ...answer.tensors],
    inputs: inputs.length,
    timing: {
      preprocessMs: firstRunAt - start,
      computeMs,
      // Between several runs (a decoder's steps) the pipeline works too: that counts as after.
      postprocessMs: end - lastRunEnd + Math.max(0, lastRunEnd - firstRunAt - computeMs),
    },
  }
}
