// `npm run bench`: every bench, or the named ones; a table on standard output, or with --json one document alone.
import { parseArgs } from 'node:util'
import type { Row } from './Bench.ts'
import { benchReport, benchTable, describeCommit, describeMachine } from './BenchReport.ts'
import { discoverBenches, loadBench } from './discoverBenches.ts'

export interface Output {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
}

/** @returns the exit code: 0 when every bench ran (aims met or not), 1 when one failed, 2 for a wrong command line. */
export async function benchCommand(
  args: readonly string[],
  root: string,
  { out, err }: Output,
): Promise<number> {
  const options = {
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    only: { type: 'string' },
  } as const
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const known = await discoverBenches(root)
  const unknown = positionals.find(name => !known.has(name))
  if (unknown !== undefined) {
    err(`There is no bench '${unknown}'. There are: ${[...known.keys()].join(', ') || 'none'}.`)
    return 2
  }
  if (values.list) {
    for (const name of known.keys()) out(name)
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
