// Which browsers this machine has: named by the environment, standing at a well-known path, or on PATH. Finds and
// asks for a version; starts nothing. Playwright's own downloads come last, where nothing else of their kind is there.
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, realpath } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { Effect } from 'effect'
import browserTable from './browserTable.json' with { type: 'json' }
import { type Channel, channelOf } from './channel.ts'

const run = promisify(execFile)

export const browserKinds = ['chromium', 'chrome', 'edge', 'firefox', 'webkit'] as const
export type BrowserKind = (typeof browserKinds)[number]

/** Kinds that are looked for unless others are named. WebKit is an extra: one page of it, on WASM alone. */
export const usualKinds: readonly BrowserKind[] = browserKinds.filter(kind => kind !== 'webkit')

export interface FoundBrowser {
  readonly kind: BrowserKind
  readonly executablePath: string
  /** The windowless build of Chromium: half the memory, and it can never be shown. */
  readonly headlessShell: boolean
  /** Such as `156.0.8078.79`; empty where the executable does not tell. */
  readonly version: string
  /** By the names that its makers give their files; `stable` where the name says nothing. */
  readonly channel: Channel
  readonly source: 'environment' | 'path' | 'playwright'
}

interface Candidate {
  readonly kind: BrowserKind
  readonly file: string
  readonly source: FoundBrowser['source']
}

interface Places {
  /** Names on PATH, best first. */
  readonly commands: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>>
  /** Where it is installed to, best first; `%Name%` is a variable of the environment. */
  readonly paths: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>>
}

/** Set-up reads the same file before anything is installed, so it is data and not code. */
const places: Readonly<Record<BrowserKind, Places>> = browserTable

type Environment = Readonly<Record<string, string | undefined>>

const variable = (kind: BrowserKind): string => `SHOAL_${kind.toUpperCase()}`

/** Undefined where the environment lacks a variable of the pattern. */
const expand = (pattern: string, env: Environment): string | undefined => {
  const lacks = [...pattern.matchAll(/%([^%]+)%/g)].some(([, name = '']) => env[name] === undefined)
  return lacks ? undefined : pattern.replace(/%([^%]+)%/g, (_, name: string) => env[name] ?? '')
}

/** Every place where a browser of that kind may stand, best first. Pure: nothing is looked at. */
export const candidates = (kind: BrowserKind, env: Environment, platform: NodeJS.Platform): Candidate[] => {
  const named = env[variable(kind)]
  if (named !== undefined && named !== '') return [{ kind, file: named, source: 'environment' }]
  const windows = platform === 'win32'
  const folders = (env['PATH'] ?? env['Path'] ?? '')
    .split(windows ? ';' : ':')
    .filter(folder => folder !== '')
  const { commands, paths } = places[kind]
  const { join } = windows ? path.win32 : path.posix
  const onPath = (commands[platform] ?? []).flatMap(name => folders.map(folder => join(folder, name)))
  const known = (paths[platform] ?? []).flatMap(pattern => expand(pattern, env) ?? [])
  return [...onPath, ...known].map(file => ({ kind, file, source: 'path' }))
}

/** What discovery asks of a system, so that tests can stand in for systems that they do not run on. */
export interface Executables {
  readonly platform: NodeJS.Platform
  /** The file behind all links, or undefined where it is not there or may not be run. */
  real(file: string): Promise<string | undefined>
  /** What it says of its version, or nothing. */
  version(file: string): Promise<string>
}

const executables: Executables = {
  platform: process.platform,
  real: async file => {
    try {
      await access(file, constants.X_OK)
      return await realpath(file)
    } catch {
      return undefined
    }
  },
  version: async file => {
    // A Windows executable of a browser opens a window instead of telling.
    if (process.platform === 'win32') return ''
    try {
      return (await run(file, ['--version'], { timeout: 10_000 })).stdout
    } catch {
      return ''
    }
  },
}

/** What `playwright-core install` has put on this machine. The driver is loaded for it, so it is asked last. */
const downloaded = async (kinds: readonly BrowserKind[]): Promise<Candidate[]> => {
  if (!kinds.some(kind => kind === 'chromium' || kind === 'firefox')) return []
  const { chromium, firefox } = await import('playwright-core')
  return kinds.flatMap(kind => {
    if (kind === 'chromium') return { kind, file: chromium.executablePath(), source: 'playwright' }
    if (kind === 'firefox') return { kind, file: firefox.executablePath(), source: 'playwright' }
    return []
  })
}

export interface DiscoverOptions {
  readonly env?: Environment
  /** Default: every kind but WebKit. */
  readonly kinds?: readonly BrowserKind[]
}

const describe = async (
  { kind, file, source }: Candidate,
  real: string,
  system: Executables,
): Promise<FoundBrowser> => ({
  kind,
  executablePath: file,
  headlessShell: /headless[-_]shell/.test(path.basename(file)),
  version: /\d+(\.\d+)+/.exec(await system.version(file))?.[0] ?? '',
  channel: channelOf(file, real),
  source,
})

/** `discover` on a system of the caller's. */
export const discoverOn = async (
  system: Executables,
  { env = process.env, kinds = usualKinds }: DiscoverOptions = {},
): Promise<FoundBrowser[]> => {
  const resolve = async (candidate: Candidate) => {
    const real = await system.real(candidate.file)
    return real === undefined ? [] : [{ candidate, real }]
  }
  const all = kinds.flatMap(kind => candidates(kind, env, system.platform))
  const installed = (await Promise.all(all.map(resolve))).flat()
  const lacking = kinds.filter(
    kind => !env[variable(kind)] && installed.every(({ candidate }) => candidate.kind !== kind),
  )
  const late = await Promise.all((await downloaded(lacking)).map(resolve))
  const there = [...installed, ...late.flat()]
  const once = new Map(there.toReversed().map(one => [one.real, one.candidate]))
  return Promise.all(
    there
      .filter(one => once.get(one.real) === one.candidate)
      .map(({ candidate, real }) => describe(candidate, real, system)),
  )
}

/**
 * The browsers of this machine, each executable once, best first within a kind: the headless shell before the whole
 * Chromium. `SHOAL_CHROMIUM`, `SHOAL_CHROME`, `SHOAL_EDGE`, `SHOAL_FIREFOX` and `SHOAL_WEBKIT` name an executable and
 * put everything else of their kind aside; one that names nothing executable finds nothing. Never fails: none found is
 * an empty list.
 */
export const discover = (options: DiscoverOptions = {}): Effect.Effect<FoundBrowser[]> =>
  Effect.promise(() => discoverOn(executables, options))
