// WebGPU shown to work: the demo's smallest model, a few times, on whatever adapter there is. On a software
// adapter that proves correctness and never speed, so it stays outside the workload and is labelled.

import { ModelUnplaceable, type ResourcePool } from '@shoal/pool'
import { requestOf } from '../proof/ask.ts'
import type { ProofModel } from '../proof/models.ts'
import type { CallerRecord } from './CallerRecord.ts'

const runs = 4
const webGpuDeadlineMs = 120_000

/** @returns why it could not be shown, where no browser here offers an adapter; else undefined */
export async function proveWebGpu(
  pool: ResourcePool,
  proof: ProofModel,
  record: CallerRecord,
  signal: AbortSignal,
): Promise<string | undefined> {
  const model = await pool
    .getModel({ name: proof.folder, type: proof.type, platform: 'webgpu' }, { signal })
    .catch(error => {
      if (error instanceof ModelUnplaceable) return error
      throw error
    })
  if (model instanceof ModelUnplaceable) return model.message
  try {
    for (let number = 0; number < runs; number++) {
      const { input, value, options } = requestOf(proof, number, { deadlineMs: webGpuDeadlineMs, signal })
      const request = record.open(proof.name, input)
      await model.run(value, options).then(
        answer => record.end(request, { _tag: 'answered', answer }),
        (error: unknown) => record.end(request, { _tag: 'failed', error }),
      )
    }
  } finally {
    await model.release()
  }
  return undefined
}
