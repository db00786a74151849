// Whether WebNN works here for a kind of device, by building a graph that adds two vectors and running it. Chromium
// shows navigator.ml behind a flag even where every createContext fails, so only a result counts.

import { absence } from './absence.ts'

/** Rejects with the reason where it does not work. */
export async function probeWebNn(deviceType: MLDeviceType): Promise<void> {
  const { ml } = navigator
  if (ml === undefined) throw new Error(absence('navigator.ml', isSecureContext))
  const context = await ml.createContext({ deviceType })
  try {
    const shape = [4]
    const builder = new MLGraphBuilder(context)
    const a = builder.input('a', { dataType: 'float32', shape })
    const b = builder.input('b', { dataType: 'float32', shape })
    const graph = await builder.build({ c: builder.add(a, b) })
    const input = { dataType: 'float32', shape, writable: true } as const
    const [tensorA, tensorB, tensorC] = await Promise.all([
      context.createTensor(input),
      context.createTensor(input),
      context.createTensor({ dataType: 'float32', shape, readable: true }),
    ])
    context.writeTensor(tensorA, new Float32Array([1, 2, 3, 4]))
    context.writeTensor(tensorB, new Float32Array([10, 20, 30, 40]))
    context.dispatch(graph, { a: tensorA, b: tensorB }, { c: tensorC })
    const sums = new Float32Array(await context.readTensor(tensorC))
    if (sums.join() !== '11,22,33,44') throw new Error(`the graph computed ${sums.join(', ')}`)
  } finally {
    context.destroy?.()
  }
}
