// One thing that must hold of the repository, and what was found wrong. Not a test: it reads files, it runs
// none of the product's code.

export interface Check {
  readonly name: string
  readonly run: (root: string) => Promise<Findings>
}

export interface Findings {
  /** One line each, beginning with the file. Any fails the check. */
  readonly problems: readonly string[]
  /** One line each; told, never failing. */
  readonly warnings: readonly string[]
}

export interface CheckResult extends Findings {
  readonly name: string
  readonly ms: number
}

/** Runs the checks one after the other. A check that cannot run has failed. */
export async function runChecks(
  root: string,
  checks: readonly Check[],
  onResult: (result: CheckResult) => void = () => {},
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = []
  for (const check of checks) {
    const started = performance.now()
    const findings = await check.run(root).catch((error: unknown) => ({
      problems: [`${check.name} could not run: ${error instanceof Error ? error.message : String(error)}`],
      warnings: [],
    }))
    const result = { ...findings, name: check.name, ms: performance.now() - started }
    results.push(result)
    onResult(result)
  }
  return results
}
