// Where the pool's browsers come from: what the user chose, found on this machine and checked before anything starts.

import {
  type BrowserKind,
  type BrowserSource,
  type Channel,
  discover,
  type Endpoint,
  endpointFault,
  type FoundBrowser,
  type LaunchOptions,
  launchRefusal,
  type Machine,
  pickBrowser,
  seeMachine,
} from '@shoal/browser-bridge'
import { Effect } from 'effect'
import { InvalidOption, NoBrowser, UnsupportedOption } from '../errors.ts'

/** One browser to launch: which, and how. */
export interface LaunchChoice extends Omit<LaunchOptions, 'profilesDir'> {
  readonly kind: BrowserKind
  /** Default: the first found. */
  readonly channel?: Channel
  /** Default: found by environment, PATH and well-known path. */
  readonly executablePath?: string
}

/** A kind, with every default; one to launch; or one that runs already, by its address. */
export type BrowserChoice = BrowserKind | LaunchChoice | Endpoint

/** A source with its name in the pool: its kind, with a number from the second of a kind on. */
export interface NamedSource {
  readonly name: string
  readonly kind: BrowserKind
  /** Empty where it is not known before it runs. */
  readonly version: string
  readonly source: BrowserSource
  readonly launch: LaunchOptions
  /** It is one browser, however often one connects: a second connection to it would fall with the first. */
  readonly isOne: boolean
}

/** An executable stands for itself, launched with every default. */
export type PoolSource = NamedSource | FoundBrowser

export const named = (source: PoolSource): NamedSource =>
  'source' in source && typeof source.source === 'object'
    ? (source as NamedSource)
    : launched(source as FoundBrowser, {})

const launched = (source: FoundBrowser, launch: LaunchOptions): NamedSource => ({
  name: source.kind,
  kind: source.kind,
  version: source.version,
  source,
  launch,
  isOne: false,
})

export interface SourceOptions {
  readonly browsers: readonly BrowserChoice[] | undefined
  readonly headless: boolean
}

/** Each with a name of its own. Fails at the door where what was chosen cannot be had, or nothing is there at all. */
export const findSources = Effect.fnUntraced(function* ({ browsers, headless }: SourceOptions) {
  const machine = yield* Effect.promise(() => seeMachine())
  const found = yield* discover(browsers ? { kinds: kindsToFind(browsers) } : {})
  const choices = browsers ?? [...new Set(found.map(({ kind }) => kind))]
  const sources: NamedSource[] = []
  for (const choice of choices) {
    const source = yield* sourceOf(choice, headless, found, machine)
    if (source === undefined) continue
    const sameKind = sources.filter(({ kind }) => kind === source.kind).length
    sources.push(sameKind === 0 ? source : { ...source, name: `${source.kind}${sameKind + 1}` })
  }
  if (sources.length > 0) return sources
  const wanted = browsers ? kindsToFind(browsers).join(' or ') : 'browser'
  return yield* new NoBrowser({
    causes: [],
    message: `No ${wanted} was found: install one, or name its executable with SHOAL_CHROMIUM, SHOAL_CHROME, SHOAL_EDGE or SHOAL_FIREFOX.`,
  })
})

/** Undefined where a mere kind is not there: others may be. */
const sourceOf = Effect.fnUntraced(function* (
  choice: BrowserChoice,
  headless: boolean,
  found: readonly FoundBrowser[],
  machine: Machine,
) {
  if (typeof choice === 'object' && 'connect' in choice) {
    const fault = endpointFault(choice)
    if (fault === undefined) return connected(choice)
    return yield* new InvalidOption({ option: 'browsers', message: `browsers: ${fault}.` })
  }
  const wish: LaunchChoice = typeof choice === 'string' ? { kind: choice } : choice
  const { kind, channel, executablePath, ...chosen } = wish
  const launch: LaunchOptions = { headless, ...chosen }
  const there =
    executablePath === undefined
      ? found
      : yield* discover({ kinds: [kind], env: { [`SHOAL_${kind.toUpperCase()}`]: executablePath } })
  const source = pickBrowser(
    there,
    { kind, headless: launch.headless !== false, ...(channel && { channel }) },
    machine,
  )
  if (source === undefined && typeof choice === 'string') return undefined
  if (source === undefined) return yield* new NoBrowser({ causes: [], message: missing(wish) })
  const refusal = launchRefusal(source, launch, machine)
  if (refusal) return yield* new UnsupportedOption({ option: refusal.option, message: refusal.message })
  return launched(source, launch)
})

const connected = (endpoint: Endpoint): NamedSource => {
  const kind = endpoint.kind ?? 'chromium'
  const { connect, protocol } = endpoint
  // Behind a CDP endpoint runs one browser; a Playwright server starts one for each who connects.
  const isOne = protocol === 'cdp' || (protocol === undefined && /^http|\/devtools\//.test(connect))
  return { name: kind, kind, version: '', source: endpoint, launch: {}, isOne }
}

/** Discovery asks each executable for its version, so only kinds that may be launched are looked for. */
function kindsToFind(choices: readonly BrowserChoice[]): BrowserKind[] {
  const kinds = choices.flatMap(choice => {
    if (typeof choice === 'string') return choice
    return 'connect' in choice ? [] : choice.kind
  })
  return [...new Set(kinds)]
}

function missing({ kind, channel, executablePath }: LaunchChoice): string {
  const which = [kind, channel && `of channel ${channel}`, executablePath && `at ${executablePath}`]
  return `No ${which.filter(Boolean).join(' ')} was found: install it, or name its executable with SHOAL_${kind.toUpperCase()}.`
}
