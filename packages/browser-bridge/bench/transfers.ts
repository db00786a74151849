// Tensors of some sizes each way, beside one bare message of the same size: how fast, what it costs the host, and how
// often a byte is copied there.
import { type BenchContext, type Measured, type Paired, paired, type Row, sampleOf } from '@shoal/tools/bench'
import type { BenchPage } from './BenchPage.ts'

const mib = 1024 * 1024

const sizes = [
  { label: '64 KiB, 16 at once', bytes: 64 * 1024, times: 16, pairs: 30 },
  { label: '1 MiB, 4 at once', bytes: mib, times: 4, pairs: 20 },
  { label: '16 MiB', bytes: 16 * mib, times: 1, pairs: 10 },
] as const

type Size = (typeof sizes)[number]

export async function transfers(context: BenchContext, page: BenchPage, where: string): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of sizes) {
    const { bytes, times } = size
    const ways: readonly [string, Measured, Measured][] = [
      ['down', () => page.down(bytes, times), () => timed(() => page.bare.down(bytes, times))],
      ['up', () => page.up(bytes, times), () => timed(() => page.bare.up(bytes * times, bytes))],
    ]
    for (const [way, ours, bare] of ways) {
      const label = `${where}: ${size.label} ${way}`
      const before = { ...page.traffic }
      const cpu = new Cpu()
      const measured = await paired(context, cpu.of('ours', ours), cpu.of('bare', bare), {
        pairs: size.pairs,
        label,
      })
      rows.push(speedRow(label, size, measured), cpuRow(label, size, cpu))
      if (way === 'up') rows.push(copiesRow(label, page, before, size.pairs))
    }
  }
  return rows
}

function speedRow(name: string, { bytes, times }: Size, { subject, beside, ratio }: Paired): Row {
  const speed = (ms: number) => ((bytes * times) / mib / ms) * 1_000
  // The ratio of the times, turned round: more is faster.
  const faster = 1 / ratio
  return {
    name,
    value: speed(subject.median),
    unit: 'MiB/s',
    spread: [speed(subject.spread[1]), speed(subject.spread[0])],
    beside: 'bare ws messages of that size',
    besideValue: speed(beside.median),
    ratio: faster,
    n: subject.n,
    aim: 'at least 0.9 ×',
    met: faster >= 0.9,
  }
}

async function timed(thing: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await thing()
  return performance.now() - started
}

/** Processor time of this process, user and system, by who was at work; of the host's threads all. */
class Cpu {
  readonly spent: Record<'ours' | 'bare', number[]> = { ours: [], bare: [] }

  of(who: 'ours' | 'bare', thing: Measured): Measured {
    return async () => {
      const before = process.cpuUsage()
      const measured = (await thing()) ?? Number.NaN
      const { user, system } = process.cpuUsage(before)
      this.spent[who].push((user + system) / 1_000)
      return measured
    }
  }
}

function cpuRow(label: string, { bytes, times }: Size, { spent }: Cpu): Row {
  const perMib = (of: number[]) => sampleOf(of.map(ms => ms / ((bytes * times) / mib)))
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
