// A report as one page that needs nothing else: a heading, figures, charts, a table. Data in, text out.

import { escapeText } from './chart.ts'

export interface Page {
  readonly title: string
  readonly heading: string
  readonly paragraphs: readonly string[]
  readonly figures: readonly (readonly [name: string, value: string | number])[]
  /** As chartOf draws them, and paragraphs between them. */
  readonly charts: readonly string[]
  readonly table: {
    readonly head: readonly string[]
    readonly rows: readonly (readonly (string | number)[])[]
  }
}

const style =
  ':root{color-scheme:light dark}body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(8rem,1fr));gap:.5rem}dl div{border:1px solid color-mix(in srgb,currentColor 20%,transparent);border-radius:.5rem;padding:.4rem .7rem}dt{opacity:.7;font-size:.85em}dd{margin:0;font-size:1.3em}table{border-collapse:collapse;width:100%}td,th{padding:.2rem .6rem;text-align:right;border-bottom:1px solid color-mix(in srgb,currentColor 15%,transparent)}td.text,th.text{text-align:left}svg{width:100%;min-width:34rem;overflow:visible}.wide{overflow-x:auto}svg text{font:11px system-ui;fill:currentColor}svg .title{font-weight:600;font-size:13px}svg .end{text-anchor:end}svg polyline,svg .axis{fill:none;stroke:currentColor}svg polyline{stroke:#2a78d6;stroke-width:2}svg circle{fill:#2a78d6;opacity:.5}svg .mark{stroke:#d64545;stroke-dasharray:3 3}svg .level{stroke:currentColor;opacity:.6;stroke-dasharray:6 3}'

export function pageOf({ title, heading, paragraphs, figures, charts, table }: Page): string {
  const isText = table.head.map((_, column) => table.rows.every(row => typeof row[column] === 'string'))
  const cells = (tag: 'td' | 'th', row: readonly (string | number)[]) =>
    row
      .map(
        (cell, column) =>
          `<${tag}${isText[column] ? ' class="text"' : ''}>${escapeText(String(cell))}</${tag}>`,
      )
      .join('')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeText(title)}</title>
<style>${style}</style>
<h1>${escapeText(heading)}</h1>
${paragraphs.map(paragraphOf).join('')}
<dl>${figures.map(([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(String(value))}</dd></div>`).join('')}</dl>
<div class="wide">${charts.join('\n')}</div>
<div class="wide"><table><tr>${cells('th', table.head)}</tr>${table.rows.map(row => `<tr>${cells('td', row)}</tr>`).join('')}</table></div></html>
`
}

export function paragraphOf(text: string): string {
  return `<p>${escapeText(text)}</p>`
}
