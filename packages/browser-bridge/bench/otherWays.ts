// Other ways for large bytes than one message of one socket, all of them bare: what a browser's socket itself is the
// limit of, and what would be faster.
import { type BenchContext, paired, type Row } from '@shoal/tools/bench'
import type { BarePage } from './BarePage.ts'

const mib = 1024 * 1024
const bytes = 16 * mib

export async function otherWays(context: BenchContext, bare: BarePage, where: string): Promise<Row[]> {
  const ways: readonly [string, () => Promise<void>, 'down' | 'up'][] = [
    ['down in chunks of 256 KiB', () => bare.downInChunks(bytes, 256 * 1024, 1), 'down'],
    ['down in chunks of 256 KiB by two sockets', () => bare.downInChunks(bytes, 256 * 1024, 2), 'down'],
    ['down in chunks of 1 MiB', () => bare.downInChunks(bytes, mib, 1), 'down'],
    ['down by a streamed fetch', () => bare.fetchDown(bytes), 'down'],
    ['up in chunks of 256 KiB', () => bare.up(bytes, 256 * 1024), 'up'],
    ['up in chunks of 1 MiB', () => bare.up(bytes, mib), 'up'],
  ]
  const rows: Row[] = []
  for (const [name, way, direction] of ways) {
    const whole = direction === 'down' ? () => bare.down(bytes) : () => bare.up(bytes)
    const { subject, beside, ratio } = await paired(context, way, whole, {
      pairs: 10,
      label: `${where}: ${name}`,
    })
    const speed = (ms: number) => (bytes / mib / ms) * 1_000
    rows.push({
      name: `${where}: bare, 16 MiB ${name}`,
      value: speed(subject.median),
      unit: 'MiB/s',
      spread: [speed(subject.spread[1]), speed(subject.spread[0])],
      beside: 'one bare ws message',
      besideValue: speed(beside.median),
      ratio: 1 / ratio,
      n: subject.n,
    })
  }
  return rows
}
