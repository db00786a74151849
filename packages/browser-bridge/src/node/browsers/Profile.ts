// One launched browser's temporary profile and the marker beside it, which says whose it is. Not the browser.
// The marker is written before the browser starts, so that a host killed at any moment leaves something that the
// next start can read (reapOrphans.ts): `<folder>/<id>.json` is the marker, `<folder>/<id>/` the profile.

import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { Effect } from 'effect'
import { ProfileFolderFailed } from '../../errors.ts'
import { makePrivateFolder } from './privateFolder.ts'
import { findProcess, listProcesses, readProcessWorld } from './processTable.ts'
import { killNow, killTree, membersOf } from './processTree.ts'

/** A process as the marker remembers it: a pid alone would also name whoever got that number later. */
export interface ProcessStamp {
  readonly pid: number
  readonly startTime: string
}

export interface ProfileMarker {
  readonly version: 1
  readonly profile: string
  readonly boot: string
  readonly namespace: string
  readonly host: ProcessStamp
  /** Absent while the browser is starting. */
  readonly browser?: ProcessStamp
}

/** Where profiles are made unless somebody says otherwise: one folder a user, so that nobody meets another's files. */
export const defaultProfilesFolder = (): string => {
  const name = process.getuid === undefined ? userInfo().username : String(process.getuid())
  return path.join(tmpdir(), `shoal-profiles-${name}`)
}

export const markerFile = (folder: string, id: string): string => path.join(folder, `${id}.json`)

const writeMarker = async (file: string, marker: ProfileMarker): Promise<void> => {
  // By rename, so that a reader never sees half of one.
  await writeFile(`${file}.new`, JSON.stringify(marker), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** Removes a profile first and its marker last: what is interrupted in between is found again. */
export const removeProfile = async (marker: string, profile: string): Promise<void> => {
  await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  await rm(marker, { force: true })
}

type ProfileLife =
  /** The folder is there, the browser is not yet known. */
  | { readonly _tag: 'Made' }
  | { readonly _tag: 'Used'; readonly browser: ProcessStamp }
  | { readonly _tag: 'Removed' }

/** Profiles of this process that are not removed yet, so that an exit without warning can still sweep. */
const open = new Set<Profile>()
const sweepAtExit = (): void => {
  for (const profile of open) profile.removeNow()
}

export class Profile {
  readonly id: string
  readonly folder: string
  #life: ProfileLife = { _tag: 'Made' }
  readonly #marker: Omit<ProfileMarker, 'browser'>
  readonly #file: string

  private constructor(folder: string, id: string, marker: Omit<ProfileMarker, 'browser'>) {
    this.id = id
    this.folder = marker.profile
    this.#marker = marker
    this.#file = markerFile(folder, id)
  }

  /** Makes the marker, then the folder. */
  static make(folder: string, kind: string): Effect.Effect<Profile, ProfileFolderFailed> {
    return Effect.tryPromise({
      try: async () => {
        await makePrivateFolder(folder)
        const id = `${kind}-${randomBytes(6).toString('hex')}`
        const [world, host] = await Promise.all([readProcessWorld(), findProcess(process.pid)])
        const profile = new Profile(folder, id, {
          version: 1,
          profile: path.join(folder, id),
          ...world,
          host: { pid: process.pid, startTime: host?.startTime ?? '' },
        })
        await writeMarker(profile.#file, profile.#marker)
        if (open.size === 0) process.on('exit', sweepAtExit)
        open.add(profile)
        await mkdir(profile.folder, { mode: 0o700 })
        return profile
      },
      catch: cause => new ProfileFolderFailed({ folder, cause }),
    })
  }

  /** Remembers which process uses the profile; one that is removed stays so. */
  async markBrowser(browser: ProcessStamp): Promise<void> {
    if (this.#life._tag === 'Removed') return
    this.#life = { _tag: 'Used', browser }
    await writeMarker(this.#file, { ...this.#marker, browser })
  }

  /** Ends what still runs on the profile, then removes it. Gives the pids that would not die. */
  async remove(): Promise<number[]> {
    if (this.#life._tag === 'Removed') return []
    const left =
      this.#life._tag === 'Used'
        ? await killTree(this.#life.browser.pid)
        : await this.#killByPath().then(() => [])
    this.#life = { _tag: 'Removed' }
    open.delete(this)
    if (open.size === 0) process.off('exit', sweepAtExit)
    await removeProfile(this.#file, this.folder)
    return left
  }

  /** For a process that is about to end and cannot wait: the group is killed, the files are removed. */
  removeNow(): void {
    if (this.#life._tag === 'Used') {
      const { pid } = this.#life.browser
      // A browser that a wrapper script started leads no group of its own.
      for (const target of process.platform === 'win32' ? [pid] : [-pid, pid]) {
        try {
          process.kill(target, 'SIGKILL')
        } catch {
          // It is gone already.
        }
      }
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 })
    rmSync(this.#file, { force: true })
  }

  /**
   * Ends what runs on the profile now, known or not: a start may be given up before anybody knows its number. Gives how
   * many it ended.
   */
  endProcesses(): Promise<number> {
    return this.#killByPath()
  }

  /** A launch that failed half-way may have left a process that nobody gave us the number of. */
  async #killByPath(): Promise<number> {
    const table = await listProcesses()
    const roots = table.filter(info => usesProfile(info.command, this.folder))
    const ended = roots.flatMap(info => membersOf(info.pid, table))
    killNow(ended)
    return ended.length
  }
}

const profileFlags = ['', '--user-data-dir=', '--profile=']

/** Whether a command line names exactly this profile: `--user-data-dir=PATH`, `--profile=PATH` or `--profile PATH`. */
export const usesProfile = (command: readonly string[], profile: string): boolean =>
  command.some(part => profileFlags.some(flag => part === `${flag}${profile}`))
