// Draws the charts of docs/scaling.md from a fresh simulation: `node packages/pool/bench/scaling/charts.ts`. Writes SVG
// files; measures nothing.

import { mkdir, writeFile } from 'node:fs/promises'
import { costChart, sizeChart } from './drawing.ts'
import { runAll } from './runs.ts'

const folder = new URL('../../../../docs/charts/', import.meta.url)
const say = (line: string) => process.stderr.write(`${line}\n`)

const runs = runAll(say, say)
await mkdir(folder, { recursive: true })
await writeFile(new URL('scaling-cost.svg', folder), costChart(runs))
const steps = runs.find(({ name }) => name === 'steps')
if (steps) await writeFile(new URL('scaling-size.svg', folder), sizeChart(steps))
