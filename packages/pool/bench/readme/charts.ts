// Draws docs/charts/compared.svg from the README's own table of figures: `npx node packages/pool/bench/readme/charts.ts`.
// Measures nothing; run it again when the table has changed.

import { readFile, writeFile } from 'node:fs/promises'

interface Compared {
  readonly rival: string
  /** How many times as fast Shoal is, as the table has it, by browser; one in which it was not measured is left out. */
  readonly times: Readonly<Record<string, string>>
}

const colours: Readonly<Record<string, string>> = { Chromium: '#1c7ed6', Firefox: '#e8590c' }
const root = new URL('../../../../', import.meta.url)

/** The rows of the README's table that say how many times as fast it is. */
function readTable(readme: string): Compared[] {
  const [, section = ''] = readme.split('\n## Measured\n')
  return section.split('\n').flatMap(line => {
    const [, rival, chromium, firefox] = line.split('|').map(cell => cell.trim())
    const times = Object.entries({ Chromium: chromium, Firefox: firefox }).flatMap(([browser, cell]) => {
      const [, found] = /^([\d.]+) × faster$/.exec(cell ?? '') ?? []
      return found === undefined ? [] : [[browser, found] as const]
    })
    return times.length === 0 ? [] : [{ rival: plain(rival ?? ''), times: Object.fromEntries(times) }]
  })
}

/** Markdown's signs away, and XML's own escaped. */
function plain(cell: string): string {
  return cell.replaceAll('`', '').replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

const [wide, labels, bar, gap] = [880, 450, 18, 14]
const most = 100

/** Logarithmic, since the largest figure is many times the least. */
const along = (times: number) => labels + (Math.log10(times) / Math.log10(most)) * (wide - labels - 60)

function draw(rows: readonly Compared[]): string {
  const body: string[] = []
  let y = 62
  for (const { rival, times } of rows) {
    const bars = Object.entries(times)
    const middle = y + (bars.length * bar) / 2 + 5
    body.push(`<text x="${labels - 12}" y="${middle}" text-anchor="end">${rival}</text>`)
    for (const [browser, value] of bars) {
      const end = along(Number(value))
      body.push(
        `<rect x="${labels}" y="${y}" width="${(end - labels).toFixed(1)}" height="${bar - 2}" fill="${colours[browser]}"/>`,
        `<text x="${(end + 6).toFixed(1)}" y="${y + 13}" fill="${colours[browser]}">${value} ×</text>`,
      )
      y += bar
    }
    y += gap
  }
  const marks = [1, 2, 5, 10, 20, 50, 100].map(
    times =>
      `<path d="M${along(times).toFixed(1)} 50V${y - gap + 6}" stroke="${times === 1 ? '#212529' : '#dee2e6'}"/>` +
      `<text x="${along(times).toFixed(1)}" y="44" text-anchor="middle" fill="#495057">${times} ×</text>`,
  )
  const legend = Object.entries(colours).map(
    ([browser, colour], at) =>
      `<rect x="${12 + at * 110}" y="14" width="14" height="14" fill="${colour}"/><text x="${32 + at * 110}" y="26">${browser}</text>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${y}" font-family="sans-serif" font-size="14">`,
    '<title>How many times as fast Shoal is as each way beside it, on a logarithmic scale</title>',
    `<rect width="${wide}" height="${y}" fill="#fff"/>`,
    ...legend,
    `<text x="${wide - 12}" y="26" text-anchor="end" fill="#495057">times as fast as …, logarithmic</text>`,
    ...marks,
    ...body,
    '</svg>\n',
  ].join('\n')
}

const rows = readTable(await readFile(new URL('README.md', root), 'utf8'))
await writeFile(new URL('docs/charts/compared.svg', root), draw(rows))
