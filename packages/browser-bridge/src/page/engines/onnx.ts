// The engine for graphs: tensors in by name, tensors out by name, through onnxruntime-web.

import type * as ort from 'onnxruntime-web'
import type { Run } from '../../protocol/messages.ts'
import { LaneError } from '../../protocol/wireErrors.ts'
import type { ModelFiles } from '../ModelFiles.ts'
import { createSession } from './createSession.ts'
import type { Answer, Engine, LoadedModel } from './Engine.ts'
import { engineError } from './engineErrors.ts'
import { externalFiles } from './externalData.ts'
import { inputFault, outputFault, outputNames, shownTwice } from './inputCheck.ts'
import { type OrtRuntime, sessionOptions } from './ortRuntime.ts'
import { fromOrt, toMetadata, toOrt } from './ortTensors.ts'

export const onnxEngine = (runtime: OrtRuntime): Engine => ({
  load: files => loadGraph(runtime, files),
})

/** Loads `manifest.graphFile` with its external data, whatever the manifest's kind. */
export async function loadGraph(runtime: OrtRuntime, files: ModelFiles): Promise<LoadedModel> {
  const { manifest } = files
  const { name, graphFile } = manifest
  const [graph, externalData] = await Promise.all([
    files.bytes(graphFile),
    Promise.all(
      externalFiles(manifest).map(async ({ file, path }) => ({ path, data: await files.bytes(file) })),
    ),
  ])
  let createMs = 0
  const session = await runtime.lock.run(async () => {
    const start = performance.now()
    try {
      return await createSession(graph, {
        ...sessionOptions(runtime.backend),
        ...(externalData.length === 0 ? {} : { externalData }),
      })
    } catch (error) {
      throw engineError(error, 'load', name)
    } finally {
      createMs = performance.now() - start
    }
  })
  const inputs = toMetadata(session.inputMetadata)
  const outputs = toMetadata(session.outputMetadata)
  const fault = shownTwice(name, outputs)
  if (fault !== undefined) {
    await runtime.lock.run(() => session.release())
    throw fault
  }
  return {
    manifest,
    inputs,
    outputs,
    createMs,
    run: request => runGraph(runtime, session, { name, inputs, outputs }, request),
    dispose: () => runtime.lock.run(() => session.release()),
  }
}

type Described = Pick<LoadedModel, 'inputs' | 'outputs'> & { readonly name: string }

async function runGraph(
  runtime: OrtRuntime,
  session: ort.InferenceSession,
  { name, inputs, outputs }: Described,
  { input, tensors, outputs: asked }: Run,
): Promise<Answer> {
  if (input.kind !== 'tensors')
    throw new LaneError('WrongInput', `${name} is a graph: it takes tensors, not a task's input`)
  const fault = inputFault(name, inputs, tensors) ?? outputFault(name, outputs, asked ?? [])
  if (fault !== undefined) throw fault
  const names = asked === undefined ? session.outputNames : outputNames(outputs, asked)
  const start = performance.now()
  const feeds = Object.fromEntries(tensors.map(tensor => [tensor.name, toOrt(tensor)]))
  const began = performance.now()
  const results = await runtime.lock.run(async () => {
    try {
      return await (asked === undefined ? session.run(feeds) : session.run(feeds, names))
    } catch (error) {
      throw engineError(error, 'run', name)
    }
  })
  const ended = performance.now()
  const answer = names.flatMap(output => {
    const tensor = results[output]
    return tensor === undefined ? [] : [fromOrt(output, tensor)]
  })
  return {
    tensors: answer,
    inputs: 0,
    timing: {
      preprocessMs: began - start,
      computeMs: ended - began,
      postprocessMs: performance.now() - ended,
    },
  }
}
