// `npm test`: the checks, the types of every package, then every test. Words after `--` go to Vitest:
// `npm test -- packages/core` runs only those tests. Exit code 0 only if nothing failed.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { allChecks } from '../check/allChecks.ts'
import { type CheckResult, runChecks } from '../check/Check.ts'
import { resultLines } from '../check/table.ts'
import { programPath } from '../programPath.ts'
import { type Summary, summarise, summaryLines } from './summarise.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const reportPath = join(root, '.cache', 'vitest-report.json')

const print = (line: string) => process.stdout.write(`${line}\n`)

function run(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.once('error', () => resolve(1))
    child.once('exit', code => resolve(code ?? 1))
  })
}

async function checkTypes(): Promise<CheckResult> {
  const started = performance.now()
  const env = { NX_TUI: 'false', NX_NO_CLOUD: 'true', FORCE_COLOR: process.stdout.isTTY ? '1' : '0' }
  const code = await run(
    programPath(root, 'nx'),
    ['run-many', '-t', 'typecheck', '--outputStyle=static'],
    env,
  )
  const problems = code === 0 ? [] : ['a package does not typecheck (see above)']
  return { name: 'types', problems, warnings: [], ms: performance.now() - started }
}

async function runTests(filters: readonly string[]): Promise<Summary> {
  mkdirSync(join(root, '.cache'), { recursive: true })
  rmSync(reportPath, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`]
  const code = await run(programPath(root, 'vitest'), ['run', ...reporters, ...filters])
  if (!existsSync(reportPath)) {
    return {
      passed: 0,
      failed: [`vitest ended with exit code ${code} and no report`],
      skipped: [],
      slowest: [],
    }
  }
  const summary = summarise(JSON.parse(readFileSync(reportPath, 'utf8')), root)
  if (code === 0 || summary.failed.length > 0) return summary
  return { ...summary, failed: [`vitest ended with exit code ${code} (see above)`] }
}

const filters = process.argv.slice(2)
const show = (result: CheckResult) => {
  for (const line of resultLines(result)) print(line)
}
const checks = [...(await runChecks(root, allChecks(), show))]
const types = await checkTypes()
show(types)
checks.push(types)
const tests = await runTests(filters)
const failedChecks = checks.filter(({ problems }) => problems.length > 0)
const summary: Summary = {
  passed: tests.passed + checks.length - failedChecks.length,
  failed: [
    ...failedChecks.map(({ name, problems }) => `check: ${name} (${problems.length})`),
    ...tests.failed,
  ],
  skipped: tests.skipped,
  slowest: tests.slowest,
}
for (const line of summaryLines(summary)) print(line)
process.exitCode = summary.failed.length === 0 ? 0 : 1
