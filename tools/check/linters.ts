// The two tools that the checks borrow: Biome (format, lint) and knip (dead files, exports, dependencies).
// Run as programs, so that a checkout sees what its author sees on the command line.
import { execFile } from 'node:child_process'
import { programPath } from '../programPath.ts'
import type { Findings } from './Check.ts'

/** Format, lint and import order of every file. */
export async function checkWithBiome(root: string): Promise<Findings> {
  const biome = programPath(root, '@biomejs/biome', 'biome')
  const { code, stdout, stderr } = await runNode(root, biome, [
    'check',
    '--reporter=json',
    '--max-diagnostics=none',
    '.',
  ])
  return readBiome(code, stdout, stderr)
}

interface BiomeReport {
  readonly diagnostics?: readonly {
    readonly severity: string
    readonly category?: string
    readonly message?: string
    readonly description?: string
    readonly location?: {
      readonly path?: string | { readonly file?: string }
      readonly start?: { readonly line: number }
    }
  }[]
}

function readBiome(code: number, stdout: string, stderr: string): Findings {
  const start = stdout.indexOf('{')
  if (start === -1)
    return { problems: code === 0 ? [] : [`biome said: ${stderr.trim().slice(0, 400)}`], warnings: [] }
  const report: BiomeReport = JSON.parse(stdout.slice(start))
  const problems: string[] = []
  const warnings: string[] = []
  for (const { severity, category, message, description, location } of report.diagnostics ?? []) {
    const path = typeof location?.path === 'string' ? location.path : (location?.path?.file ?? 'biome.json')
    const line = `${path}:${location?.start?.line ?? 1} ${category ?? ''}: ${message ?? description ?? ''}`
    ;(severity === 'error' || severity === 'fatal' ? problems : warnings).push(line)
  }
  if (code !== 0 && problems.length === 0) problems.push(`biome failed: ${stderr.trim().slice(0, 400)}`)
  return { problems, warnings }
}

/**
 * Dead code twice over: what nothing uses, and what nothing but a test uses (knip's production mode, in which
 * tests and benches are no entry points).
 */
export async function checkWithKnip(root: string): Promise<Findings> {
  const everything = await knip(root, [])
  const production = await knip(root, ['--production', '--include', 'files,exports,types'])
  const dead = new Set(everything)
  return {
    problems: [
      ...everything,
      ...production.filter(line => !dead.has(line)).map(line => `${line} (only tests or benches use it)`),
    ],
    warnings: [],
  }
}

interface KnipReport {
  readonly issues?: readonly ({ readonly file: string } & Readonly<Record<string, unknown>>)[]
}

async function knip(root: string, args: readonly string[]): Promise<readonly string[]> {
  const program = programPath(root, 'knip')
  const { code, stdout, stderr } = await runNode(root, program, [
    '--reporter',
    'json',
    '--no-progress',
    ...args,
  ])
  const start = stdout.indexOf('{')
  if (start === -1)
    throw new Error(`knip said: ${(stderr || stdout).trim().slice(0, 400) || `exit code ${code}`}`)
  const report: KnipReport = JSON.parse(stdout.slice(start))
  return (report.issues ?? []).flatMap(({ file, ...kinds }) =>
    Object.entries(kinds).flatMap(([kind, found]) =>
      namesIn(found).map(name => `${file}: ${labels[kind] ?? kind} ${name}`),
    ),
  )
}

const labels: Readonly<Record<string, string>> = {
  files: 'unused file',
  exports: 'unused export',
  types: 'unused exported type',
  dependencies: 'unused dependency',
  devDependencies: 'unused devDependency',
  unlisted: 'undeclared dependency',
  unresolved: 'unresolved import',
  binaries: 'undeclared program',
  duplicates: 'exported twice',
}

function namesIn(found: unknown): readonly string[] {
  if (!Array.isArray(found)) return []
  return found.flat().map(item => String(item?.name ?? item))
}

interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function runNode(cwd: string, program: string, args: readonly string[]): Promise<Finished> {
  return new Promise(resolve => {
    const options = { cwd, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr })
    })
  })
}
