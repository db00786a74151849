// Every way to hold a browser on this machine, for suites that hold for each of them: how it is opened, and what it is
// called. A way that cannot be had here says so in its title.
import { Effect as E, type Effect, type Scope } from 'effect'
import { type Browser, discover, launch, openBrowser } from '../../src/index.ts'
import type { LaunchOptions } from '../../src/node/browsers/LaunchOptions.ts'
import { debuggedChromium, runServer } from './endpoints.ts'
import { installed, titleOf } from './installed.ts'

export interface WayHere {
  readonly title: string
  readonly here: boolean
  /** Whether its processes are this host's to end, and can be killed by a test. */
  readonly own: boolean
  open(options: LaunchOptions): Effect.Effect<Browser, unknown, Scope.Scope>
}

const shell = installed.find(one => one.headlessShell)
const whole = installed.find(one => one.kind === 'chromium' && !one.headlessShell)
const firefox = installed.find(one => one.kind === 'firefox')
/** An extra that takes its time: five seconds a start. */
const isLong = process.env['SHOAL_LONG'] === '1'
const [webkit] = isLong ? await E.runPromise(discover({ kinds: ['webkit'] })) : []

const launched = (name: string, found: typeof shell, extra: LaunchOptions = {}): WayHere => ({
  title: titleOf(name, found),
  here: found !== undefined,
  own: true,
  open: options => (found === undefined ? E.die(name) : launch(found, { ...extra, ...options })),
})

const behind = (name: string, found: typeof shell, start: typeof debuggedChromium): WayHere => ({
  title: titleOf(name, found),
  here: found !== undefined,
  own: false,
  open: () =>
    found === undefined
      ? E.die(name)
      : E.acquireRelease(
          E.promise(() => start(found)),
          running => E.promise(() => running[Symbol.asyncDispose]()),
        ).pipe(E.flatMap(({ endpoint }) => openBrowser(endpoint))),
})

/** Ways of one engine, one after the other; the engines, and the two ways of Firefox, beside each other. */
export const engines: readonly (readonly [engine: string, ways: readonly WayHere[]])[] = [
  [
    'Chromium',
    [
      launched('Chromium, launched', whole),
      launched('Chromium headless shell, launched', shell),
      behind('Chromium behind a CDP endpoint', shell, debuggedChromium),
      behind('Chromium behind playwright run-server', shell, runServer),
    ],
  ],
  ['Firefox', [launched('Firefox, launched and driven over BiDi', firefox)]],
  ['Firefox alone', [launched('Firefox without a driver', firefox, { driver: 'plain' })]],
  ['WebKit', [launched(`WebKitGTK without a driver${isLong ? '' : ' (only with SHOAL_LONG=1)'}`, webkit)]],
]
