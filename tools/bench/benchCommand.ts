// `npm run bench`: every bench, or the named ones; a table on standard output, or with --json one document alone.
import { parseArgs } from 'node:util'
import type { Bench, Row } from './Bench.ts'
import { benchReport, benchTable, describeCommit, describeMachine } from './BenchReport.ts'
import { discoverBenches, loadBench } from './discoverBenches.ts'

export interface Output {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
}

const help = `npm run bench -- [NAME …] [--only PART,…] [--json]

Measures things beside their floor or their rival in the same run. Without a name every bench runs, one after the other,
which takes long.

  --list            say which benches there are, and their parts
  --only PART,…     run these parts of one bench alone
  --json            print one JSON document on standard output
  --help            say this

Figures are medians; the middle half is from the 25th to the 75th percentile (by linear interpolation). It ends with 0
where every bench ran, whether or not its aims were met; with 1 where one failed; with 2 for a wrong command line.`

const options = {
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  only: { type: 'string' },
} as const

/** @returns the exit code: 0 when every bench ran (aims met or not), 1 when one failed, 2 for a wrong command line. */
export async function benchCommand(
  args: readonly string[],
  root: string,
  { out, err }: Output,
): Promise<number> {
  const parsed = wordsOf(args)
  if (parsed instanceof Error) {
    err(`${parsed.message.split('. ')[0]}; see npm run bench -- --help`)
    return 2
  }
  const { values, positionals } = parsed
  if (values.help) {
    out(help)
    return 0
  }
  const known = await discoverBenches(root)
  const unknown = positionals.find(name => !known.has(name))
  if (unknown !== undefined) {
    err(`There is no bench '${unknown}'. There are: ${[...known.keys()].join(', ') || 'none'}.`)
    return 2
  }
  if (values.list) {
    for (const [name, file] of known) for (const line of await described(name, file)) out(line)
    return 0
  }
  const names = positionals.length > 0 ? positionals : [...known.keys()]
  const only = values.only === undefined ? undefined : new Set(values.only.split(','))
  if (only !== undefined && names.length !== 1) {
    err(`--only names parts of one bench: npm run bench -- NAME --only ${values.only}`)
    return 2
  }
  const about = { machine: describeMachine(), commit: describeCommit(root) }
  const all: Row[] = []
  let failed = false
  for (const name of names) {
    try {
      const bench = await loadBench(name, known.get(name) ?? '')
      const parts = bench.parts ?? {}
      const stranger = [...(only ?? [])].find(part => !(part in parts))
      if (stranger !== undefined) {
        const all = Object.entries(parts).map(([part, what]) => `${part} (${what})`)
        err(`The bench '${name}' has no part '${stranger}'. It has: ${all.join(', ') || 'none'}.`)
        return 2
      }
      err(`${name}: ${bench.description}`)
      const rows = await bench.run({
        progress: line => err(`${name}: ${line}`),
        ...(only === undefined ? {} : { only }),
      })
      all.push(...(names.length > 1 ? rows.map(row => ({ ...row, name: `${name}: ${row.name}` })) : rows))
    } catch (error) {
      failed = true
      err(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
  }
  if (values.json) out(JSON.stringify(benchReport(names.length === 1 ? (names[0] ?? '') : 'all', all, about)))
  else {
    out(`${about.machine}; commit ${about.commit}`)
    for (const line of benchTable(all)) out(line)
  }
  return failed ? 1 : 0
}

function wordsOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** A bench and its parts, a line for each. */
async function described(name: string, file: string): Promise<readonly string[]> {
  const bench = await loadBench(name, file).catch((error: unknown) => error)
  if (bench instanceof Error) return [`${name}  (cannot be loaded: ${bench.message.split('\n', 1)[0]})`]
  const { description, parts = {} } = bench as Bench
  const width = Math.max(...Object.keys(parts).map(part => part.length))
  return [
    `${name}  ${description}`,
    ...Object.entries(parts).map(([part, what]) => `  --only ${part.padEnd(width)}  ${what}`),
  ]
}
