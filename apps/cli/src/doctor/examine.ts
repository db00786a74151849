// What is found out about each browser on this machine: it is started, its page dials back, and a lane is opened on
// each back-end, which runs a small graph in the real engine. One browser after the other, so that they do not slow
// each other down.

import {
  type Backend,
  BridgeHost,
  type Browser,
  type BrowserKind,
  browserKinds,
  discover,
  type Endpoint,
  type LiveConnection,
  nameOf,
  openBrowser,
  reapOrphans,
  sandboxed,
  seeMachine,
} from '@shoal/browser-bridge'
import type { BrowserChoice } from '@shoal/pool'
import { Deferred, Effect, Logger } from 'effect'
import { lineOf } from '../failure.ts'
import { adviceFor, unverifiedIn } from './advice.ts'
import { type BackendReport, type BrowserReport, backends, type Tried } from './BrowserReport.ts'
import { firefoxSandbox } from './firefoxSandbox.ts'
import type { Steps } from './Steps.ts'
import { missingKinds, type Trial, trialsOf } from './trials.ts'

export interface ExamineOptions {
  /** Default: every kind, WebKit among them. */
  readonly browsers?: readonly BrowserChoice[]
  readonly cache?: string
}

/** How long a browser may take from its start until its page has dialled back. */
const startLimit = '60 seconds'
/** A driver that answers nothing must not hold up the others. */
const laneLimitMs = 20_000

/** Standard output is the report's alone. */
const errorLog = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])

export function examine(
  { browsers, cache }: ExamineOptions,
  steps: Steps,
  signal: AbortSignal,
): Promise<BrowserReport[]> {
  const kinds = browsers?.flatMap(choice => (typeof choice === 'string' ? choice : []))
  const endpoints = (browsers ?? []).filter(
    (choice): choice is Endpoint => typeof choice === 'object' && 'connect' in choice,
  )
  const all = Effect.gen(function* () {
    steps.now('leftovers')
    yield* reapOrphans()
    steps.now('browsers')
    const found = yield* discover({ kinds: kinds ?? browserKinds })
    // Builds the page where there is none yet.
    steps.now('page')
    const host = yield* BridgeHost.start({
      files: { open: async () => undefined },
      ...(cache === undefined ? {} : { cache }),
    })
    const trials = trialsOf(found, endpoints)
    const reports: BrowserReport[] = []
    for (const [at, trial] of trials.entries()) {
      const way = trial.launch.driver === 'plain' ? ' without a driver' : ''
      steps.begin(`${at + 1} of ${trials.length}: trying ${nameOf(trial.source)}${way}`)
      reports.push(yield* examineOne(host, trial, steps))
    }
    steps.end()
    return [...reports, ...missingKinds(kinds, found).map(notInstalled)]
  })
  return Effect.runPromise(Effect.scoped(all).pipe(Effect.provide(errorLog)), { signal }).catch(error => {
    throw signal.aborted ? signal.reason : error
  })
}

function examineOne(host: BridgeHost, trial: Trial, steps: Steps): Effect.Effect<BrowserReport> {
  const startedAt = performance.now()
  const tried = Effect.gen(function* () {
    steps.now('start')
    const browser = yield* openBrowser(trial.source, trial.launch)
    yield* Effect.addFinalizer(() => Effect.sync(() => steps.now('close')))
    steps.now('first page')
    const page = yield* arrival(host, browser)
    const readyMs = performance.now() - startedAt
    steps.now('back-ends')
    return yield* worksReport(trial, browser, page, readyMs)
  })
  return Effect.scoped(tried).pipe(
    Effect.timeout(startLimit),
    Effect.catch(error =>
      Effect.succeed<BrowserReport>({
        ...triedOf(trial),
        state: 'failed',
        way: trial.launch.driver === 'plain' ? 'plain' : 'playwright',
        error: lineOf(error),
        advice: [lineOf(error)],
      }),
    ),
  )
}

/** Opens the page and waits until it has dialled back. */
const arrival = Effect.fnUntraced(function* (host: BridgeHost, browser: Browser) {
  const arrived = yield* Deferred.make<LiveConnection>()
  const invitation = yield* Effect.acquireRelease(
    Effect.sync(() =>
      host.invite({ id: 'doctor', onArrival: page => Deferred.doneUnsafe(arrived, Effect.succeed(page)) }),
    ),
    held => Effect.sync(() => held.revoke()),
  )
  yield* browser.openPage(invitation.url)
  return yield* Deferred.await(arrived)
})

const worksReport = Effect.fnUntraced(function* (
  trial: Trial,
  browser: Browser,
  page: LiveConnection,
  readyMs: number,
) {
  const machine = yield* Effect.promise(() => seeMachine())
  const { capabilities } = page
  // At once: each lane is a worker of its own, and most of the wait is for the runtime to compile.
  const tries = yield* Effect.promise(async () => {
    const reports = await Promise.all(
      backends.map(async name => [name, await tryBackend(page, name)] as const),
    )
    return Object.fromEntries(reports) as Record<Backend, BackendReport>
  })
  const asked = sandboxed(machine) ? 'on' : 'off'
  const sandbox = yield* Effect.promise(async () => {
    if ('connect' in trial.source) return 'not known'
    return browser.kind === 'firefox' ? await firefoxSandbox(browser) : asked
  })
  const { pssBytes } = yield* Effect.promise(() => browser.tree())
  const { kind, way, warnings } = browser
  const report: BrowserReport = {
    ...triedOf(trial),
    version: browser.version,
    state: 'works',
    way,
    headless: trial.launch.headless !== false,
    sandbox,
    readyMs,
    isolated: capabilities.isolated,
    threads: tries.wasm.ran ? tries.wasm.threads : 0,
    backends: tries,
    memoryBytes: pssBytes,
    unverified: unverifiedIn({ kind, way, platform: process.platform, backends: tries }),
    warnings,
    capabilities,
    advice: adviceFor(capabilities, tries),
  }
  return report
})

/** The probe's word is enough where it says no; where it says yes, the engine itself has to run a graph. */
async function tryBackend(page: LiveConnection, backend: Backend): Promise<BackendReport> {
  const reason = page.capabilities.reasons[backend]
  if (reason !== undefined) return { ran: false, reason }
  const opening = page.openLane(backend)
  const late = AbortSignal.timeout(laneLimitMs)
  const limit = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => reject(new Error(`no answer within ${laneLimitMs / 1000} s`)))
  })
  try {
    const lane = await Promise.race([opening, limit])
    const { threads, adapter } = lane
    lane.close()
    return { ran: true, threads, ...(adapter && { adapter }) }
  } catch (error) {
    void opening.then(lane => lane.close()).catch(() => undefined)
    return { ran: false, reason: lineOf(error) }
  }
}

function triedOf({ source, optional }: Trial): Tried {
  if ('connect' in source) {
    const kind = source.kind ?? 'chromium'
    const found = nameOf(source).replace(`${kind} at `, '')
    return { kind, version: '', found, source: 'endpoint', channel: '', optional, advice: [] }
  }
  const { kind, version, executablePath, channel } = source
  return { kind, version, found: executablePath, source: source.source, channel, optional, advice: [] }
}

function notInstalled(kind: BrowserKind): BrowserReport {
  const optional = kind === 'webkit'
  const named = `name its executable with SHOAL_${kind.toUpperCase()}`
  return {
    kind,
    version: '',
    found: '',
    source: '',
    channel: '',
    optional,
    state: 'not installed',
    advice: [
      optional
        ? `not found, and not needed; apt-get install epiphany-browser xvfb dbus gives one on Debian, or ${named}`
        : `not found; install it, or ${named}`,
    ],
  }
}
