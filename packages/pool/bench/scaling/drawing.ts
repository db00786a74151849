// The charts as SVG text. Pure.

import type { Point } from './compare.ts'
import type { TraceRuns } from './runs.ts'

const colours: Readonly<Record<string, string>> = {
  Shoal: '#d6336c',
  'Knative KPA': '#1c7ed6',
  'Ray Serve': '#2f9e44',
  'threshold rule (0.7 / 0.3)': '#e8890c',
  fixed: '#868e96',
}

const [width, height, gap] = [380, 190, 60]

function text(x: number, y: number, words: string, more = ''): string {
  return `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" ${more}>${words}</text>`
}

function page(title: string, wide: number, high: number, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" font-family="sans-serif" font-size="13">`,
    `<title>${title}</title>`,
    `<rect width="${wide}" height="${high}" fill="#fff"/>`,
    ...body,
    '</svg>\n',
  ].join('\n')
}

function legend(y: number): string[] {
  let x = 30
  return Object.entries(colours).flatMap(([family, colour]) => {
    const at = x
    // About what a letter takes in this size.
    x += 40 + family.length * 8
    return [`<circle cx="${at}" cy="${y - 4}" r="5" fill="${colour}"/>`, text(at + 10, y, family)]
  })
}

/** Cost against p95 wait, a panel for each trace; both lower is better. */
export function costChart(runs: readonly TraceRuns[]): string {
  const columns = 2
  const panels = runs.flatMap((run, at) => panel(run, at % columns, Math.floor(at / columns)))
  const rows = Math.ceil(runs.length / columns)
  return page(
    'p95 wait against browser-seconds, by trace',
    columns * (width + gap) + 10,
    rows * (height + gap) + 60,
    [
      ...legend(20),
      text(
        20,
        44,
        'p95 wait (up, logarithmic) against browser-seconds (right); lower left is better. Larger dot: Shoal’s default',
      ),
      ...panels,
    ],
  )
}

const [leastMs, mostMs] = [10, 100_000]

function panel({ name, rivals, ours }: TraceRuns, column: number, row: number): string[] {
  const [left, top] = [50 + column * (width + gap), 76 + row * (height + gap)]
  const all = [...rivals, ...ours]
  // Points that cost many times as much as any of ours would squeeze the others together.
  const most = 2 * Math.max(...ours.map(({ outcome }) => outcome.browserSeconds))
  const x = (point: Point) => left + (width * point.outcome.browserSeconds) / most
  const y = (point: Point) => {
    const ms = Math.min(mostMs, Math.max(leastMs, point.outcome.p95WaitMs))
    return top + height * (1 - Math.log(ms / leastMs) / Math.log(mostMs / leastMs))
  }
  const dots = all
    .filter(({ outcome }) => outcome.browserSeconds <= most)
    .map(point => {
      const own = point === ours[0]
      return `<circle cx="${x(point).toFixed(1)}" cy="${y(point).toFixed(1)}" r="${own ? 7 : 3}" fill="${colours[point.family] ?? '#000'}" fill-opacity="${point.family === 'Shoal' ? 1 : 0.55}"/>`
    })
  const ticks = [10, 100, 1_000, 10_000, 100_000].map(ms => {
    const at = top + height * (1 - Math.log(ms / leastMs) / Math.log(mostMs / leastMs))
    return `<line x1="${left}" x2="${left + width}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}" stroke="#eee"/>${text(left - 4, at + 3, ms < 1000 ? `${ms} ms` : `${ms / 1000} s`, 'text-anchor="end" font-size="11"')}`
  })
  return [
    ...ticks,
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="#ccc"/>`,
    ...dots,
    text(left, top - 6, name, 'font-weight="bold"'),
    text(left + width, top + height + 15, `${most.toFixed(0)} browser-s`, 'text-anchor="end" font-size="11"'),
  ]
}

/** How many connections there were over one trace: ours by default, and each rival's point of least wait at our cost. */
export function sizeChart(run: TraceRuns): string {
  const [wide, high] = [900, 290]
  const [ours] = run.ours
  const title = `connections over the trace ${run.name}`
  if (!ours) return page(title, wide, high, [])
  const cheap = (family: string) =>
    run.rivals
      .filter(point => point.family === family)
      .filter(({ outcome }) => outcome.browserSeconds <= 1.1 * ours.outcome.browserSeconds)
      .sort((a, b) => a.outcome.p95WaitMs - b.outcome.p95WaitMs)[0]
  const shown = [ours, cheap('Knative KPA'), cheap('Ray Serve'), cheap('threshold rule (0.7 / 0.3)')].filter(
    point => point !== undefined,
  )
  const end = Math.max(...shown.map(({ outcome }) => outcome.sizes.at(-1)?.at ?? 0))
  const lines = shown.map(({ family, outcome }) => {
    const steps = outcome.sizes.map(({ at, count }, index, all) => {
      const [x, y] = [30 + (at / end) * (wide - 50), 266 - count * 8]
      const before = all[index - 1]
      return before ? `H${x.toFixed(1)}V${y}` : `M${x.toFixed(1)} ${y}`
    })
    return `<path d="${steps.join('')}" fill="none" stroke="${colours[family] ?? '#000'}" stroke-width="${family === 'Shoal' ? 2 : 1}"/>`
  })
  const names = shown.map(({ family, knobs, outcome }, at) =>
    text(
      30,
      18 + at * 18,
      `${family} (${knobs}): p95 ${outcome.p95WaitMs.toFixed(0)} ms, ${outcome.browserSeconds.toFixed(0)} browser-s`,
      `fill="${colours[family] ?? '#000'}"`,
    ),
  )
  const ticks = [0, 5, 10, 15, 20].map(count =>
    text(24, 270 - count * 8, `${count}`, 'text-anchor="end" font-size="11"'),
  )
  return page(title, wide, high, [
    ...names,
    ...ticks,
    ...lines.toReversed(),
    text(wide - 20, 284, `${(end / 60_000).toFixed(0)} min`, 'text-anchor="end"'),
    text(30, 284, title),
  ])
}
