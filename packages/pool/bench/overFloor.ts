// What `model.run` takes beyond the work itself: each request beside the time that its own session's run took in its
// lane. Small inputs, one request at a time, so that everything the pool adds shows and nothing hides it.
import { type BenchContext, type Row, sampleOf } from '@shoal/tools/bench'
import type { Model, RunAnswer, Tensor } from '../src/index.ts'
import type { BareEcho } from './bareEcho.ts'

const warmUp = 60
const counted = 300
/** Tokens. */
const lengths = [1, 8]
const aimMs = 1.5
/** About what the frame of such a request takes, header and all. */
const echoed = new Uint8Array(512)

interface Request {
  readonly wallMs: number
  readonly timing: RunAnswer['timing']
  readonly echoMs: number
}

export async function overFloor(
  context: BenchContext,
  { bert, echo }: { readonly bert: Model; readonly echo: BareEcho },
  where: string,
): Promise<Row[]> {
  const requests = lengths.map(() => [] as Request[])
  for (let round = -warmUp; round < counted; round++) {
    for (const [at, length] of lengths.entries()) {
      const tensors = tokens(length)
      const started = performance.now()
      const answer = await bert.run({ tensors })
      const wallMs = performance.now() - started
      const echoMs = await timeOf(echo)
      if (round === -warmUp) checkAnswer(answer, length)
      if (round >= 0) requests[at]?.push({ wallMs, timing: answer.timing, echoMs })
    }
  }
  context.progress(`${where}: ${counted} requests of each length beside their floor`)
  return lengths.flatMap((length, at) =>
    rows(`${where}, BERT-mini, ${tokenCount(length)}`, requests[at] ?? []),
  )
}

async function timeOf(echo: BareEcho): Promise<number> {
  const started = performance.now()
  await echo(echoed)
  return performance.now() - started
}

function rows(name: string, requests: readonly Request[]): Row[] {
  const of = (measure: (request: Request) => number) => sampleOf(requests.map(measure))
  const row = (what: string, measure: (request: Request) => number): Row => {
    const { median, spread, n } = of(measure)
    return { name: `${name}: ${what}`, value: median, unit: 'ms', spread, n }
  }
  const middle = (measure: (request: Request) => number) => of(measure).median
  const lane = ({ timing }: Request) => timing.preprocessMs + timing.postprocessMs
  const floor = of(({ timing }) => timing.computeMs)
  const run = of(({ wallMs }) => wallMs)
  const over = run.median - floor.median
  const overEach = of(({ wallMs, timing }) => wallMs - timing.computeMs)
  const beside = { beside: "the session's run in its lane", besideValue: floor.median }
  return [
    {
      ...row('model.run', ({ wallMs }) => wallMs),
      ...beside,
      ratio: middle(({ wallMs, timing }) => wallMs / timing.computeMs),
    },
    {
      name: `${name}: over the floor, p50 − p50`,
      value: over,
      unit: 'ms',
      spread: overEach.spread,
      n: run.n,
      aim: `at most ${aimMs} ms`,
      met: over <= aimMs,
    },
    {
      ...row('… of it between host and lane', ({ timing }) => timing.transferMs),
      beside: 'a bare echo over the same hops',
      besideValue: of(({ echoMs }) => echoMs).median,
      ratio: middle(({ timing, echoMs }) => timing.transferMs / echoMs),
    },
    row('… of it in the lane, queued', ({ timing }) => timing.laneQueueMs),
    row('… of it in the lane, tensors made and read', lane),
    row('… of it in the pool, queued', ({ timing }) => timing.queueMs),
    row('… of it in the pool, else', ({ wallMs, timing }) => wallMs - timing.totalMs),
  ]
}

const tokenCount = (length: number) => (length === 1 ? '1 token' : `${length} tokens`)

function tokens(length: number): Record<string, Tensor> {
  const tensor = (value: (at: number) => number): Tensor => ({
    dtype: 'int64',
    dims: [1, length],
    data: BigInt64Array.from({ length }, (_, at) => BigInt(value(at))),
  })
  return {
    input_ids: tensor(at => 1000 + at),
    attention_mask: tensor(() => 1),
    token_type_ids: tensor(() => 0),
  }
}

function checkAnswer({ output }: RunAnswer, length: number): void {
  const hidden = output['last_hidden_state']
  const right =
    hidden?.data instanceof Float32Array &&
    hidden.dims.join() === [1, length, 256].join() &&
    hidden.data.every(Number.isFinite)
  if (!right) throw new Error(`BERT-mini gave no finite [1, ${length}, 256] for ${tokenCount(length)}`)
}
