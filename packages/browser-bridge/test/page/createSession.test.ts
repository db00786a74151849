// The one way to a session, in ONNX Runtime's own WebAssembly but without a browser: models whose weights were taken
// apart answer what the whole ones do, and their bytes are gone.

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type ArchitectureName, type ModelDType, writeSeededModel } from '@shoal/onnx'
import * as ort from 'onnxruntime-web'
import { expect, it } from 'vitest'
import { createSession } from '../../src/page/engines/createSession.ts'

ort.env.wasm.numThreads = 1
ort.env.logLevel = 'error'
const options: ort.InferenceSession.SessionOptions = { executionProviders: ['wasm'], logSeverityLevel: 3 }

/** Ones, and 2 for each free dim, but no past. */
function inputs(session: ort.InferenceSession): Record<string, ort.Tensor> {
  return Object.fromEntries(
    session.inputMetadata.map(value => {
      if (!value.isTensor) throw new Error(`${value.name} is no tensor`)
      const dims = value.shape.map(dim => (typeof dim === 'number' ? dim : /past/.test(dim) ? 0 : 2))
      const count = dims.reduce((a, b) => a * b, 1)
      const wide = value.type === 'int64'
      const data = wide ? new BigInt64Array(count).fill(1n) : new Float32Array(count).fill(1)
      return [value.name, wide ? new ort.Tensor('int64', data, dims) : new ort.Tensor('float32', data, dims)]
    }),
  )
}

it.each<[ArchitectureName, ModelDType]>([
  ['bertEncoder', 'fp32'],
  ['bertEncoder', 'q8'],
  ['vit', 'fp32'],
  ['gptDecoder', 'fp32'],
])(
  '%s in %s gives the same with its weights beside its graph, and keeps no byte of its file',
  async (architecture, dtype) => {
    const { dir } = await writeSeededModel({ architecture, dtypes: [dtype] })
    const file = path.join(dir, `onnx/model${dtype === 'q8' ? '_quantized' : ''}.onnx`)
    // As a lane has them: a buffer of their own.
    const bytes = new Uint8Array(await readFile(file))
    const whole = await ort.InferenceSession.create(bytes.slice(), options)
    const apart = await createSession(bytes, options)
    expect(bytes.byteLength).toBe(0)
    const feeds = inputs(whole)
    const [wanted, got] = [await whole.run(feeds), await apart.run(feeds)]
    expect(Object.keys(got)).toEqual(whole.outputNames)
    for (const name of whole.outputNames) expect(got[name]?.data).toEqual(wanted[name]?.data)
    await Promise.all([whole.release(), apart.release()])
  },
)

it('fails for bytes that are no model with ONNX Runtime’s own error', async () => {
  const noise = new Uint8Array(100_000).fill(7)
  await expect(createSession(noise, options)).rejects.toThrow(/protobuf|load/i)
})
