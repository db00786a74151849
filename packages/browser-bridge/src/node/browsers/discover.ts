// Which browsers this machine has: named by the environment, standing at a well-known path, or on PATH. Finds and
// asks for a version; starts nothing. Playwright's own downloads come last, where nothing else of their kind is there.
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, realpath } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { Effect } from 'effect'
import browserTable from './browserTable.json' with { type: 'json' }

const run = promisify(execFile)

export const browserKinds = ['chromium', 'chrome', 'edge', 'firefox'] as const
export type BrowserKind = (typeof browserKinds)[number]

export interface FoundBrowser {
  readonly kind: BrowserKind
  readonly executablePath: string
  /** The windowless build of Chromium: half the memory, and it can never be shown. */
  readonly headlessShell: boolean
  /** Such as `156.0.8078.79`; empty where the executable does not tell. */
  readonly version: string
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

const versionOf = async (file: string): Promise<string> => {
  // A Windows executable of a browser opens a window instead of telling.
  if (process.platform === 'win32') return ''
  try {
    const { stdout } = await run(file, ['--version'], { timeout: 10_000 })
    return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? ''
  } catch {
    return ''
  }
}

const resolve = async (candidate: Candidate): Promise<{ candidate: Candidate; real: string } | undefined> => {
  try {
    await access(candidate.file, constants.X_OK)
    return { candidate, real: await realpath(candidate.file) }
  } catch {
    return undefined
  }
}

const describe = async ({ kind, file, source }: Candidate): Promise<FoundBrowser> => ({
  kind,
  executablePath: file,
  headlessShell: /headless[-_]shell/.test(path.basename(file)),
  version: await versionOf(file),
  source,
})

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
  readonly kinds?: readonly BrowserKind[]
}

/**
 * The browsers of this machine, each executable once, best first within a kind: the headless shell before the whole
 * Chromium. `SHOAL_CHROMIUM`, `SHOAL_CHROME`, `SHOAL_EDGE` and `SHOAL_FIREFOX` name an executable and put everything
 * else of their kind aside; one that names nothing executable finds nothing. Never fails: none found is an empty list.
 */
export const discover = (options: DiscoverOptions = {}): Effect.Effect<FoundBrowser[]> =>
  Effect.promise(async () => {
    const env = options.env ?? process.env
    const kinds = options.kinds ?? browserKinds
    const all = kinds.flatMap(kind => candidates(kind, env, process.platform))
    const installed = (await Promise.all(all.map(resolve))).filter(one => one !== undefined)
    const lacking = kinds.filter(
      kind => !env[variable(kind)] && installed.every(({ candidate }) => candidate.kind !== kind),
    )
    const late = await Promise.all((await downloaded(lacking)).map(resolve))
    const there = [...installed, ...late.filter(one => one !== undefined)]
    const once = new Map(there.toReversed().map(one => [one.real, one.candidate]))
    return Promise.all(
      there.filter(one => once.get(one.real) === one.candidate).map(one => describe(one.candidate)),
    )
  })
