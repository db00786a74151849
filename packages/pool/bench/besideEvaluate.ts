// The identity graph through the pool beside the same graph through `page.evaluate`: what it costs to bring numbers to
// a browser and back. The rival's array is made beforehand and its answer left an array, which is in its favour.
import {
  type BenchContext,
  type Paired,
  type PairedOptions,
  paired,
  pairedRow,
  type Row,
} from '@shoal/tools/bench'
import type { Model } from '../src/index.ts'
import type { EvaluateRival } from './evaluateRival.ts'

export interface Size {
  readonly label: string
  readonly floats: number
  /**
   * As many pairs as fit by what the size before took, and at least `fewest`: the rival takes many seconds for the
   * largest.
   */
  readonly budgetMs: number
  readonly fewest: number
  readonly aim?: number
}

export const sizes: readonly [Size, Size, Size] = [
  { label: '1 KiB', floats: 2 ** 8, budgetMs: 2_000, fewest: 100 },
  { label: '256 KiB', floats: 2 ** 16, budgetMs: 10_000, fewest: 5, aim: 40 },
  { label: '4 MiB', floats: 2 ** 20, budgetMs: 30_000, fewest: 2 },
]

const most = 150

export async function besideEvaluate(
  context: BenchContext,
  { identity, rival }: { readonly identity: Model; readonly rival: EvaluateRival },
  where: string,
  chosen: readonly Size[],
): Promise<Row[]> {
  const rows: Row[] = []
  let pairMsPerFloat = Number.POSITIVE_INFINITY
  for (const size of chosen) {
    const pairs = Math.floor(size.budgetMs / (pairMsPerFloat * size.floats))
    const label = `${where}, identity, ${size.label}`
    const measured = await measure(context, identity, rival, label, size.floats, {
      pairs: Math.min(most, Math.max(size.fewest, pairs)),
      // A large array is no faster the second time, and takes too long to be thrown away.
      ...(size.fewest < 3 ? { warmUp: 0 } : {}),
    })
    pairMsPerFloat = (measured.subject.median + measured.beside.median) / size.floats
    rows.push(...rowsOf(measured, label, size.aim))
  }
  return rows
}

function measure(
  context: BenchContext,
  identity: Model,
  rival: EvaluateRival,
  label: string,
  floats: number,
  options: PairedOptions,
): Promise<Paired> {
  const data = numbers(floats)
  const list = Array.from(data)
  const input = { tensors: { input: { dtype: 'float32', dims: [floats], data } } } as const
  const ours = async () => (await identity.run(input)).output['output']?.data
  return paired(
    context,
    timed(ours, data, `the pool, at ${label}`),
    timed(() => rival(list), data, `page.evaluate, at ${label}`),
    { ...options, label },
  )
}

/** Times the call alone; of the first answer makes sure that it is what was sent. */
function timed(call: () => Promise<unknown>, sent: Float32Array, what: string): () => Promise<number> {
  let checked = false
  return async () => {
    const started = performance.now()
    const answer = await call()
    const tookMs = performance.now() - started
    if (!checked && !same(answer as ArrayLike<number> | undefined, sent))
      throw new Error(`${what}, gave back other numbers than it was given`)
    checked = true
    return tookMs
  }
}

function rowsOf(measured: Paired, label: string, aim: number | undefined): Row[] {
  const times = 1 / measured.ratio
  const [low, high] = measured.ratioSpread
  return [
    pairedRow(measured, {
      name: `${label}: model.run`,
      unit: 'ms',
      beside: 'page.evaluate with JSON arrays',
    }),
    {
      name: `${label}: times faster`,
      value: times,
      unit: '×',
      spread: [1 / high, 1 / low],
      n: measured.subject.n,
      ...(aim === undefined ? {} : { aim: `at least ${aim} ×`, met: times >= aim }),
    },
  ]
}

const same = (got: ArrayLike<number> | undefined, sent: Float32Array) =>
  got?.length === sent.length && sent.every((value, at) => got?.[at] === value)

/** Between -1 and 1 with every digit that a float32 has, as activations are: what JSON finds hard to write. */
function numbers(count: number): Float32Array {
  let state = 1
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  })
}
