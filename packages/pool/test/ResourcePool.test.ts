// The face of the pool where no browser is needed: what is refused at its door, and what its end does.

import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeModel, GraphBuilder } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { InvalidOption, PoolClosed, ResourcePool } from '../src/index.ts'

let folder: string
let name: string
let pool: ResourcePool

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-face-'))
  name = join(folder, 'double.onnx')
  const builder = new GraphBuilder({ name: 'double', seed: 0 })
  const x = builder.input('x', 'float32', [1])
  builder.output(builder.op('Add', [x, x]), 'y', 'float32', [1])
  await writeFile(name, joinChunks(encodeModel(builder.build())))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

beforeEach(async () => {
  // Devices might join, and none does: what is asked for waits.
  pool = await ResourcePool.start({
    minConnections: 0,
    maxConnections: 0,
    join: true,
    hub: false,
    cache: join(folder, 'cache'),
  })
}, 60_000)
afterEach(() => pool.close({ drainMs: 0 }), 60_000)

describe('close', { timeout: 60_000 }, () => {
  it.each([Number.NaN, -1])('refuses a drain of %s ms, and the pool stays open', async drainMs => {
    await expect(pool.close({ drainMs })).rejects.toBeInstanceOf(InvalidOption)
    // Were it closed, that is what it would say.
    const signal = AbortSignal.abort('given up')
    await expect(pool.getModel({ name, trust: 'any' }, { signal })).rejects.toBe('given up')
  })

  it('ends a model that is loading as PoolClosed', async () => {
    const loading = pool.getModel({ name, trust: 'any' })
    const ended = expect(loading).rejects.toBeInstanceOf(PoolClosed)
    await pool.close()
    await ended
  })
})

describe('an alias', { timeout: 60_000 }, () => {
  it('is not given where that is given up', async () => {
    await expect(pool.alias('prod', name, { signal: AbortSignal.abort('given up') })).rejects.toBe('given up')
    expect(pool.aliases()).toEqual({})
  })

  it('is given only to a model that is there, and can be taken back', async () => {
    await expect(pool.alias('prod', './no/such/model')).rejects.toMatchObject({ _tag: 'ModelNotFound' })
    expect(pool.aliases()).toEqual({})
    await pool.alias('prod', name)
    expect(pool.aliases()).toEqual({ prod: name })
    await pool.alias('prod', undefined)
    expect(pool.aliases()).toEqual({})
    await expect(pool.getModel({ name: 'prod' })).rejects.toMatchObject({ _tag: 'ModelNotFound' })
  })

  it('may stand for a model that is there in a smaller precision alone', async () => {
    const onnx = join(folder, 'small', 'onnx')
    await mkdir(onnx, { recursive: true })
    await copyFile(name, join(onnx, 'model_quantized.onnx'))
    await pool.alias('small', join(folder, 'small'))
    expect(Object.keys(pool.aliases())).toEqual(['small'])
  })
})
