// What is found out about each browser on this machine: it is started, its page dials back, and what its probe
// really ran is the answer. One browser after the other, so that they do not slow each other down.

import {
  BridgeHost,
  type Browser,
  type BrowserKind,
  browserKinds,
  type Capabilities,
  discover,
  type FoundBrowser,
  launch,
  type PageFailed,
  reapOrphans,
} from '@shoal/browser-bridge'
import { Deferred, Effect } from 'effect'
import { lineOf } from '../failure.ts'
import type { Progress } from '../output/Progress.ts'
import { adviceFor } from './advice.ts'

interface Tried {
  readonly kind: BrowserKind
  readonly version: string
  readonly executablePath: string
  readonly advice: readonly string[]
}

export type BrowserReport =
  | (Tried & {
      readonly state: 'works'
      /** From the start of its process until its page had probed and dialled back. */
      readonly readyMs: number
      readonly isolated: boolean
      readonly threads: number
      readonly backends: { readonly wasm: boolean; readonly webgpu: boolean; readonly webnn: boolean }
      readonly adapter: { readonly description: string; readonly software: boolean } | undefined
      /** WebNN devices on which a graph really ran. */
      readonly webnn: readonly string[]
      readonly capabilities: Capabilities
    })
  | (Tried & { readonly state: 'failed'; readonly error: string })
  | (Tried & { readonly state: 'not installed' })

export interface ExamineOptions {
  readonly browsers?: readonly string[]
  readonly cache?: string
}

/** How long a browser may take from its start until its page has dialled back. */
const limit = '90 seconds'

export function examine(
  { browsers, cache }: ExamineOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<BrowserReport[]> {
  const kinds = browserKinds.filter(kind => browsers === undefined || browsers.includes(kind))
  const all = Effect.gen(function* () {
    yield* reapOrphans()
    const found = yield* discover({ kinds })
    const host = yield* BridgeHost.start({
      files: { open: async () => undefined },
      ...(cache === undefined ? {} : { cache }),
    })
    const reports: BrowserReport[] = []
    for (const browser of found) {
      progress.show(`trying ${browser.executablePath} …`)
      reports.push(yield* examineOne(host, browser))
    }
    const missing = kinds.filter(kind => found.every(browser => browser.kind !== kind))
    return [...reports, ...missing.map(notInstalled)]
  })
  return Effect.runPromise(Effect.scoped(all), { signal }).catch(error => {
    throw signal.aborted ? signal.reason : error
  })
}

function examineOne(host: BridgeHost, found: FoundBrowser): Effect.Effect<BrowserReport> {
  const { kind, executablePath } = found
  const startedAt = performance.now()
  const tried = Effect.gen(function* () {
    const browser = yield* launch(found)
    const page = yield* arrival(host, browser)
    return worksReport(found, browser.version, performance.now() - startedAt, page.capabilities)
  })
  return Effect.scoped(tried).pipe(
    Effect.timeout(limit),
    Effect.catch(error =>
      Effect.succeed<BrowserReport>({
        kind,
        version: found.version,
        executablePath,
        state: 'failed',
        error: lineOf(error),
        advice: [lineOf(error)],
      }),
    ),
  )
}

/** Opens the page and waits until it has dialled back. */
function arrival(
  host: BridgeHost,
  browser: Browser,
): Effect.Effect<{ readonly capabilities: Capabilities }, PageFailed> {
  return Effect.gen(function* () {
    const arrived = yield* Deferred.make<{ readonly capabilities: Capabilities }>()
    const invitation = yield* Effect.acquireRelease(
      Effect.sync(() =>
        host.invite({ id: 'doctor', onArrival: page => Deferred.doneUnsafe(arrived, Effect.succeed(page)) }),
      ),
      held => Effect.sync(() => held.revoke()),
    )
    yield* browser.openPage(invitation.url)
    return yield* Deferred.await(arrived)
  }).pipe(Effect.scoped)
}

function worksReport(
  { kind, executablePath }: FoundBrowser,
  version: string,
  readyMs: number,
  capabilities: Capabilities,
): BrowserReport {
  const webnn = (['cpu', 'gpu', 'npu'] as const).filter(device => capabilities.webnn[device])
  const adapter = capabilities.webgpu?.adapter
  return {
    kind,
    version,
    executablePath,
    state: 'works',
    readyMs,
    isolated: capabilities.isolated,
    threads: capabilities.threads,
    backends: { wasm: capabilities.wasm.simd, webgpu: adapter !== undefined, webnn: webnn.length > 0 },
    adapter: adapter && {
      description: adapter.description || adapter.architecture || adapter.vendor || 'unnamed',
      software: adapter.software,
    },
    webnn,
    capabilities,
    advice: adviceFor(capabilities),
  }
}

function notInstalled(kind: BrowserKind): BrowserReport {
  return {
    kind,
    version: '',
    executablePath: '',
    state: 'not installed',
    advice: [`not found; install it, or name its executable with SHOAL_${kind.toUpperCase()}`],
  }
}
