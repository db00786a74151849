// What a host that was killed left behind: its browsers and their profiles, found by their markers at the next
// start. Never a browser of a living host, nor of another machine or container that shares the folder.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Effect } from 'effect'
import { ProfileFolderFailed } from '../../errors.ts'
import { defaultProfilesFolder, type ProfileMarker, removeProfile, usesProfile } from './Profile.ts'
import { checkPrivateFolder } from './privateFolder.ts'
import { listProcesses, type ProcessInfo, readProcessWorld } from './processTable.ts'
import { killNow, membersOf } from './processTree.ts'

export interface Reaped {
  /** Processes that were ended. */
  readonly killed: readonly number[]
  /** Profiles that were removed. */
  readonly removed: readonly string[]
}

export type Verdict =
  /** Its host lives, or nobody can tell: leave it alone. */
  | 'live'
  /** Made in another process namespace, whose processes cannot be seen from here: leave it alone. */
  | 'foreign'
  /** Its host is gone. */
  | 'orphan'

interface World {
  readonly boot: string
  readonly namespace: string
  readonly table: readonly ProcessInfo[]
}

/** Whose profile it is, from its marker and the processes there are. */
export const judge = (marker: ProfileMarker, world: World): Verdict => {
  // After a reboot every process of then is gone, whatever has its number now.
  if (marker.boot !== world.boot) return 'orphan'
  if (marker.namespace !== world.namespace) return 'foreign'
  // Nobody can be seen, not even this process: that says nothing about the host.
  if (world.table.length === 0) return 'live'
  const host = world.table.find(info => info.pid === marker.host.pid)
  if (host === undefined) return 'orphan'
  // It could not be read when the profile was made: then the number alone has to do.
  const isSame = marker.host.startTime === '' || host.startTime === marker.host.startTime
  return isSame ? 'live' : 'orphan'
}

/**
 * The processes of an orphan that are still there: those whose command names its profile, a random name that nobody
 * else uses, and their descendants. A number from the marker counts only with its start time and its profile.
 */
export const survivorsOf = (marker: ProfileMarker, world: World): ProcessInfo[] => {
  if (marker.boot !== world.boot) return []
  const named = world.table.filter(info => usesProfile(info.command, marker.profile))
  const root = named.find(
    info => info.pid === marker.browser?.pid && info.startTime === marker.browser.startTime,
  )
  const roots = root === undefined ? named : [root, ...named]
  return [...new Set(roots.flatMap(info => membersOf(info.pid, world.table)))]
}

const readMarkers = async (folder: string): Promise<{ file: string; marker: ProfileMarker }[]> => {
  // Whoever else can write there could name any of this user's browsers an orphan.
  if (!(await checkPrivateFolder(folder))) return []
  const names = await readdir(folder)
  const read = async (name: string) => {
    const file = path.join(folder, name)
    try {
      const marker = JSON.parse(await readFile(file, 'utf8')) as ProfileMarker
      // A marker that points outside its own folder is not ours, whatever it says.
      const own = marker.version === 1 && marker.profile === file.slice(0, -'.json'.length)
      return own ? [{ file, marker }] : []
    } catch {
      return []
    }
  }
  return (await Promise.all(names.filter(name => name.endsWith('.json')).map(read))).flat()
}

const endAll = async (marker: ProfileMarker, world: World): Promise<number[]> => {
  const killed = new Set<number>()
  const until = performance.now() + 5_000
  for (let table = world.table; performance.now() < until; table = await listProcesses()) {
    const survivors = survivorsOf(marker, { ...world, table })
    if (survivors.length === 0) break
    for (const pid of killNow(survivors)) killed.add(pid)
    await sleep(20)
  }
  return [...killed]
}

/**
 * Ends the browsers and removes the profiles that dead hosts left under `folder`. Call it once, before launching.
 */
export const reapOrphans = (folder = defaultProfilesFolder()): Effect.Effect<Reaped, ProfileFolderFailed> =>
  Effect.tryPromise({
    try: async () => {
      const markers = await readMarkers(folder)
      if (markers.length === 0) return { killed: [], removed: [] }
      const world: World = { ...(await readProcessWorld()), table: await listProcesses() }
      const orphans = markers.filter(({ marker }) => judge(marker, world) === 'orphan')
      const killed: number[] = []
      for (const { file, marker } of orphans) {
        killed.push(...(await endAll(marker, world)))
        await removeProfile(file, marker.profile)
      }
      return { killed, removed: orphans.map(({ marker }) => marker.profile) }
    },
    catch: cause => new ProfileFolderFailed({ folder, cause }),
  })
