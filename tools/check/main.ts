// `npm run check`: everything that can be said of the code without running it, as a short table.
import { fileURLToPath } from 'node:url'
import { allChecks } from './allChecks.ts'
import { runChecks } from './Check.ts'
import { resultLines } from './table.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const results = await runChecks(root, allChecks(), result => {
  for (const line of resultLines(result)) process.stdout.write(`${line}\n`)
})
process.exitCode = results.some(({ problems }) => problems.length > 0) ? 1 : 0
