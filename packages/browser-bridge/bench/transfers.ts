// Tensors of some sizes each way, beside one bare message of the same size: how fast, what it costs the host, how often
// a byte is copied there, and what a small call on another lane waits meanwhile.
import { type BenchContext, type Measured, type Paired, paired, type Row, sampleOf } from '@shoal/tools/bench'
import type { BenchPage } from './BenchPage.ts'

const mib = 1024 * 1024

export const sizes = [
  { label: '64 KiB', bytes: 64 * 1024, pairs: 80 },
  { label: '1 MiB', bytes: mib, pairs: 30 },
  { label: '16 MiB', bytes: 16 * mib, pairs: 10 },
] as const

type Size = (typeof sizes)[number]

export async function transfers(context: BenchContext, page: BenchPage, where: string): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of sizes) {
    const { bytes } = size
    const ways: readonly [string, Measured, Measured][] = [
      ['down', () => page.down(bytes), () => page.bare.down(bytes)],
      ['up', () => page.up(bytes), () => page.bare.up(bytes)],
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
  rows.push(await beside(page, where))
  return rows
}

function speedRow(name: string, { bytes }: Size, { subject, beside, ratio }: Paired): Row {
  const speed = (ms: number) => (bytes / mib / ms) * 1_000
  // The ratio of the times, turned round: more is faster.
  const faster = 1 / ratio
  return {
    name,
    value: speed(subject.median),
    unit: 'MiB/s',
    spread: [speed(subject.spread[1]), speed(subject.spread[0])],
    beside: 'one bare ws message',
    besideValue: speed(beside.median),
    ratio: faster,
    n: subject.n,
    aim: 'at least 0.9 ×',
    met: faster >= 0.9,
  }
}

/** Processor time of this process, user and system, by who was at work; of the host's threads all. */
class Cpu {
  readonly spent: Record<'ours' | 'bare', number[]> = { ours: [], bare: [] }

  of(who: 'ours' | 'bare', thing: Measured): Measured {
    return async () => {
      const before = process.cpuUsage()
      const started = performance.now()
      const measured = await thing()
      const tookMs = performance.now() - started
      const { user, system } = process.cpuUsage(before)
      this.spent[who].push((user + system) / 1_000)
      return measured ?? tookMs
    }
  }
}

function cpuRow(label: string, { bytes }: Size, { spent }: Cpu): Row {
  const perMib = (of: number[]) => sampleOf(of.map(ms => ms / (bytes / mib)))
  const [ours, bare] = [perMib(spent.ours), perMib(spent.bare)]
  return {
    name: `${label}, host's processor`,
    value: ours.median,
    unit: 'ms/MiB',
    spread: ours.spread,
    beside: 'one bare ws message',
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

/** Empty calls on one lane while the other gets 64 MiB, beside the same with nothing else under way. */
async function beside(page: BenchPage, where: string): Promise<Row> {
  const call = async () => {
    const started = performance.now()
    await page.emptyCallBeside()
    return performance.now() - started
  }
  const idle: number[] = []
  for (let at = 0; at < 40; at++) idle.push(await call())
  const busy: number[] = []
  let transferMs = 0
  for (let round = 0; round < 3; round++) {
    const started = performance.now()
    let under = true
    const transfer = page.down(64 * mib).finally(() => {
      under = false
    })
    while (under) busy.push(await call())
    await transfer
    transferMs += (performance.now() - started) / 3
  }
  const [during, alone] = [sampleOf(busy), sampleOf(idle)]
  return {
    name: `${where}: empty call beside 64 MiB (${Math.round(transferMs)} ms) to another lane`,
    value: during.median,
    unit: 'ms',
    spread: during.spread,
    beside: 'the same with nothing under way',
    besideValue: alone.median,
    ratio: during.median / alone.median,
    n: during.n,
  }
}
