// Tensors of some sizes each way, beside bare messages of the same size: how long one takes, how fast many go with the
// same number of them under way, what it costs the host, and how often a byte is copied there.
import { type BenchContext, type Paired, paired, pairedRow, type Row, sampleOf } from '@shoal/tools/bench'
import type { Answering } from './BarePage.ts'
import type { BenchPage } from './BenchPage.ts'

const mib = 1024 * 1024

/** `window` of them are under way at a time on both sides, each answered by itself, until `count` have been. */
const sizes = [
  { label: '64 KiB', bytes: 64 * 1024, window: 16, count: 128, pairs: 20 },
  { label: '1 MiB', bytes: mib, window: 4, count: 24, pairs: 12 },
  { label: '16 MiB', bytes: 16 * mib, window: 2, count: 4, pairs: 8 },
] as const

type Size = (typeof sizes)[number]

export async function transfers(context: BenchContext, page: BenchPage, where: string): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of sizes) {
    const { bytes } = size
    const ways = [
      ['to a lane', () => page.down(bytes), (by?: Answering) => page.bare.send(bytes, by)],
      ['from a lane', () => page.up(bytes), (by?: Answering) => page.bare.fetch(bytes, by)],
    ] as const
    for (const [way, ours, bare] of ways) {
      const label = `${where}: ${size.label} ${way}`
      rows.push(await alone(context, label, ours, () => bare()))
      const before = { ...page.traffic }
      const cpu = new Cpu()
      const measured = await paired(
        context,
        cpu.of('ours', () => windowed(size, ours)),
        cpu.of('bare', () => windowed(size, () => bare())),
        { pairs: size.pairs, label },
      )
      const run = await paired(
        context,
        () => windowed(size, ours),
        () => windowed(size, () => bare('/engine')),
        { pairs: size.pairs, label },
      )
      rows.push(
        speedRow(label, size, measured, messages),
        speedRow(label, size, run, runs),
        cpuRow(label, size, cpu),
      )
      if (way === 'from a lane') rows.push(copiesRow(label, page, before, size.pairs))
    }
  }
  return rows
}

/** One at a time: how long, not how fast. */
async function alone(
  context: BenchContext,
  label: string,
  ours: () => Promise<void>,
  bare: () => Promise<void>,
): Promise<Row> {
  const measured = await paired(context, ours, bare, { pairs: 12, label })
  return pairedRow(measured, {
    name: `${label}, one at a time`,
    unit: 'ms',
    beside: 'a bare ws message of that size',
  })
}

async function windowed({ window, count }: Size, thing: () => Promise<void>): Promise<void> {
  let left = count
  const work = async () => {
    while (left-- > 0) await thing()
  }
  await Promise.all(Array.from({ length: window }, work))
}

const messages = { beside: 'bare ws messages of that size', aim: true }
/** What of the whole is the bridge's: its engine does the same on both sides. */
const runs = { beside: 'the same runs by a bare worker that has the socket', aim: false }

function speedRow(
  name: string,
  { bytes, window, count }: Size,
  { subject, beside, ratio }: Paired,
  what: { readonly beside: string; readonly aim: boolean },
): Row {
  const speed = (ms: number) => ((bytes * count) / mib / ms) * 1_000
  // The ratio of the times, turned round: more is faster.
  const faster = 1 / ratio
  return {
    name: `${name}, ${window} under way`,
    value: speed(subject.median),
    unit: 'MiB/s',
    spread: [speed(subject.spread[1]), speed(subject.spread[0])],
    beside: `${what.beside}, ${window} under way`,
    besideValue: speed(beside.median),
    ratio: faster,
    n: subject.n,
    ...(what.aim ? { aim: 'at least 0.9 ×', met: faster >= 0.9 } : {}),
  }
}

/** Processor time of this process, user and system, by who was at work; of the host's threads all. */
class Cpu {
  readonly spent: Record<'ours' | 'bare', number[]> = { ours: [], bare: [] }

  of(who: 'ours' | 'bare', thing: () => Promise<void>): () => Promise<void> {
    return async () => {
      const before = process.cpuUsage()
      await thing()
      const { user, system } = process.cpuUsage(before)
      this.spent[who].push((user + system) / 1_000)
    }
  }
}

function cpuRow(label: string, { bytes, count }: Size, { spent }: Cpu): Row {
  const perMib = (of: number[]) => sampleOf(of.map(ms => ms / ((bytes * count) / mib)))
  const [ours, bare] = [perMib(spent.ours), perMib(spent.bare)]
  return {
    name: `${label}, host's processor`,
    value: ours.median,
    unit: 'ms/MiB',
    spread: ours.spread,
    beside: 'bare ws messages of that size',
    besideValue: bare.median,
    ratio: ours.median / bare.median,
    n: ours.n,
  }
}

function copiesRow(label: string, { traffic }: BenchPage, before: BenchPage['traffic'], n: number): Row {
  const copies = (traffic.copiedBytes - before.copiedBytes) / (traffic.bytesIn - before.bytesIn)
  return {
    name: `${label}, copies of a byte in the host beyond the socket's own`,
    value: copies,
    unit: 'copies',
    n,
    aim: 'at most 1',
    met: copies <= 1,
  }
}
