// What a call with nothing in it costs, beside the floor that a socket has in the same browser; one at a time, and a
// thousand at once.
import { type BenchContext, paired, pairedRow, type Row } from '@shoal/tools/bench'
import type { BenchPage } from './BenchPage.ts'

/** About what the frame of an empty call takes. */
const echoed = new Uint8Array(64)
const atOnce = 1_000

export async function roundTrips(context: BenchContext, page: BenchPage, where: string): Promise<Row[]> {
  const { bare } = page
  const label = (what: string) => `${where}: ${what}`
  const call = await paired(
    context,
    () => page.emptyCall(),
    () => bare.echo(echoed),
    {
      pairs: 300,
      label: label('empty call'),
    },
  )
  const hop = await paired(
    context,
    () => bare.hop(echoed),
    () => bare.echo(echoed),
    {
      pairs: 300,
      label: label('bare hop'),
    },
  )
  const many = await paired(
    context,
    async () => {
      await Promise.all(Array.from({ length: atOnce }, () => page.emptyCall()))
    },
    () => bare.echoes(echoed, atOnce),
    { pairs: 12, label: label(`${atOnce} calls`) },
  )
  return [
    pairedRow(call, {
      name: label('empty call to a lane and back'),
      unit: 'ms',
      beside: 'bare ws echo from a worker',
      aim: { text: 'at most 2.0 ×', met: call.ratio <= 2 },
    }),
    pairedRow(hop, {
      name: label('bare echo over the port to a second worker'),
      unit: 'ms',
      beside: 'bare ws echo from a worker: a socket of the lane’s own',
    }),
    pairedRow(many, {
      name: label(`${atOnce} empty calls in flight, all of them`),
      unit: 'ms',
      beside: `${atOnce} bare echoes in flight`,
    }),
  ]
}
