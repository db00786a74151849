// Other ways for large bytes than one message of one socket, all of them bare: what a browser's socket itself is the
// limit of, and what would be faster.
import { type BenchContext, paired, type Row } from '@shoal/tools/bench'
import type { BarePage } from './BarePage.ts'

const mib = 1024 * 1024
const chunk = 256 * 1024

interface Way {
  readonly name: string
  readonly bytes: number
  readonly way: () => Promise<void>
  readonly beside: string
  readonly than: () => Promise<void>
}

export async function otherWays(context: BenchContext, bare: BarePage, where: string): Promise<Row[]> {
  const bytes = 16 * mib
  const than = { beside: 'one bare ws message', than: () => bare.down(bytes) }
  const up = { beside: 'one bare ws message', than: () => bare.up(bytes) }
  const ways: readonly Way[] = [
    { name: 'down in chunks of 256 KiB', bytes, way: () => bare.downInChunks(bytes, chunk, 1), ...than },
    {
      name: 'down in chunks of 256 KiB by two sockets',
      bytes,
      way: () => bare.downInChunks(bytes, chunk, 2),
      ...than,
    },
    { name: 'down in chunks of 1 MiB', bytes, way: () => bare.downInChunks(bytes, mib, 1), ...than },
    ...[1, 4, 16].map(
      (size): Way => ({
        name: 'down by a streamed fetch',
        bytes: size * mib,
        way: () => bare.fetchDown(size * mib),
        beside: 'chunks of 256 KiB by a socket',
        than: () => bare.downInChunks(size * mib, chunk, 1),
      }),
    ),
    { name: 'up in chunks of 256 KiB', bytes, way: () => bare.up(bytes, chunk), ...up },
    { name: 'up in chunks of 1 MiB', bytes, way: () => bare.up(bytes, mib), ...up },
  ]
  const rows: Row[] = []
  for (const way of ways) rows.push(await rowOf(context, way, where))
  return rows
}

async function rowOf(context: BenchContext, way: Way, where: string): Promise<Row> {
  const name = `${where}: bare, ${way.bytes / mib} MiB ${way.name}`
  const { subject, beside, ratio } = await paired(context, way.way, way.than, { pairs: 10, label: name })
  const speed = (ms: number) => (way.bytes / mib / ms) * 1_000
  return {
    name,
    value: speed(subject.median),
    unit: 'MiB/s',
    spread: [speed(subject.spread[1]), speed(subject.spread[0])],
    beside: way.beside,
    besideValue: speed(beside.median),
    ratio: 1 / ratio,
    n: subject.n,
  }
}
