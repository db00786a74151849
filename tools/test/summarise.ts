// From Vitest's JSON report to the few lines that end `npm test`: how many held, which failed, which did not run and
// why, and which files took longest. A skipped test says why in its title or its suite's.

/** The part of Vitest's JSON report that is read. */
export interface VitestReport {
  readonly success?: boolean
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    /** Unix time in milliseconds, of its first test and of its last one's end. */
    readonly startTime?: number
    readonly endTime?: number
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
    }[]
  }[]
}

export interface Summary {
  readonly passed: number
  readonly failed: readonly string[]
  readonly skipped: readonly Skipped[]
  /** The ten that took longest, the longest first. */
  readonly slowest: readonly Timed[]
}

export interface Timed {
  readonly file: string
  readonly ms: number
}

export interface Skipped {
  /** The file, then the titles down to what was skipped. */
  readonly what: string
  readonly tests: number
}

/** @param root cut off the front of file names. */
export function summarise(report: VitestReport, root: string): Summary {
  const failed: string[] = []
  const skipped = new Map<string, number>()
  const times: Timed[] = []
  let passed = 0
  for (const { name, status, message, assertionResults, startTime = 0, endTime = 0 } of report.testResults) {
    const file = name.startsWith(root) ? name.slice(root.length).replace(/^[\\/]/, '') : name
    times.push({ file, ms: endTime - startTime })
    for (const test of assertionResults) {
      const titles = [file, ...test.ancestorTitles, test.title]
      if (test.status === 'passed') passed++
      else if (test.status === 'failed') failed.push(titles.join(' › '))
      else {
        const suite = skippedSuite(assertionResults, test.ancestorTitles) ?? [
          ...test.ancestorTitles,
          test.title,
        ]
        const what = [file, ...suite].join(' › ')
        skipped.set(what, (skipped.get(what) ?? 0) + 1)
      }
    }
    // A file that cannot be loaded has no tests to fail.
    if (status === 'failed' && assertionResults.every(test => test.status !== 'failed')) {
      failed.push(`${file}: ${firstLine(message ?? 'could not be loaded')}`)
    }
  }
  // An error outside every test (an unhandled rejection) fails the run without failing a test.
  if (report.success === false && failed.length === 0) failed.push('an error outside the tests (see above)')
  const slowest = times.toSorted((a, b) => b.ms - a.ms).slice(0, 10)
  return { passed, failed, skipped: [...skipped].map(([what, tests]) => ({ what, tests })), slowest }
}

/** The outermost suite around a skipped test of which no test ran: named once instead of test by test. */
function skippedSuite(
  tests: VitestReport['testResults'][number]['assertionResults'],
  ancestors: readonly string[],
): readonly string[] | undefined {
  for (let depth = 1; depth <= ancestors.length; depth++) {
    const prefix = ancestors.slice(0, depth)
    const inside = tests.filter(test => prefix.every((title, at) => test.ancestorTitles[at] === title))
    if (inside.every(test => test.status !== 'passed' && test.status !== 'failed')) return prefix
  }
  return undefined
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

/** The lines that end `npm test`; the last one is exactly `N passed, N failed`. */
export function summaryLines(summary: Summary): readonly string[] {
  const { passed, failed, skipped, slowest } = summary
  const count = (tests: number) => (tests === 1 ? '' : ` (${tests} tests)`)
  return [
    ...(failed.length > 0 ? ['', 'Failed:', ...failed.map(what => `  ${what}`)] : []),
    '',
    skipped.length > 0 ? 'Skipped, with the reason in the title:' : 'Nothing was skipped.',
    ...skipped.map(({ what, tests }) => `  ${what}${count(tests)}`),
    ...(slowest.length > 0 ? ['', 'The files that took longest:'] : []),
    ...slowest.map(({ file, ms }) => `${(ms / 1000).toFixed(1).padStart(8)} s  ${file}`),
    '',
    `${passed} passed, ${failed.length} failed`,
  ]
}
