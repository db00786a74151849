// A model that takes minutes to run once: a lane that is given it blocks, as a lane with a runaway operator does. The
// request ends at its deadline; that the lane hangs the pool must notice, and end it.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeModel, GraphBuilder } from '@shoal/onnx'
import { DeadlineExceeded, type Model, PoisonRequest, type ResourcePool, type Tensor } from '@shoal/pool'
import { joinChunks } from '@shoal/tensor'
import type { Fault, Struck } from './Fault.ts'

const side = 1024
/** Two billion operations each: one alone takes WASM longer than a request here may. */
const products = 2000

/** How long a lane may be blocked before its request's deadline says that it hangs. */
const deadlineMs = 2000

export class HangingModel implements AsyncDisposable {
  readonly #model: Model
  readonly #folder: string

  private constructor(model: Model, folder: string) {
    this.#model = model
    this.#folder = folder
  }

  static async load(pool: ResourcePool, signal: AbortSignal): Promise<HangingModel> {
    const folder = await mkdtemp(join(tmpdir(), 'shoal-hang-'))
    const name = join(folder, 'hang.onnx')
    await writeFile(name, graph())
    try {
      return new HangingModel(
        await pool.getModel({ name, type: 'graph', platform: 'wasm' }, { signal }),
        folder,
      )
    } catch (error) {
      await rm(folder, { recursive: true })
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#model.release()
    await rm(this.#folder, { recursive: true })
  }

  readonly fault: Fault = {
    name: 'hang',
    strike: (_target, signal) => {
      const seed: Tensor = { dtype: 'float32', dims: [1, 1], data: Float32Array.of(1 / side) }
      return this.#model.run({ tensors: { seed } }, { deadlineMs, signal }).then(() => undefined, whatHung)
    },
  }
}

/** What a request that no lane can answer in time has struck, told by how it failed: nothing, where no lane began with it. */
export function whatHung(error: unknown): Struck | undefined {
  if (error instanceof PoisonRequest) return { where: error.lanes.join(', ') }
  if (error instanceof DeadlineExceeded && error.phase === 'running') return { where: 'a lane' }
  return undefined
}

/** A chain of products that depend on the input, so that none is worked out beforehand. */
function graph(): Uint8Array {
  const builder = new GraphBuilder({ name: 'hang', seed: 0 })
  const seed = builder.input('seed', 'float32', [1, 1])
  const first = builder.op('Expand', [seed, builder.ints(side, side)])
  let value = first
  for (let product = 0; product < products; product++) value = builder.op('MatMul', [value, first])
  builder.output(value, 'y', 'float32', [side, side])
  return joinChunks(encodeModel(builder.build()))
}
