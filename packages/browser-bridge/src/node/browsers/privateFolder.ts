// A folder that nobody else can look into or write: made where it is absent, refused where it is somebody else's. The
// temporary folder of a machine is everybody's, and whoever comes first may take any name there.
import { mkdir, stat } from 'node:fs/promises'

export interface FolderFacts {
  readonly isDirectory: boolean
  readonly uid: number
  /** Permission bits. */
  readonly mode: number
}

const writtenByOthers = 0o022

/** Why a folder is not `ownUid`'s alone. Pure. */
export const folderFault = (
  { isDirectory, uid, mode }: FolderFacts,
  ownUid: number | undefined,
): string | undefined => {
  if (!isDirectory) return 'it is no folder'
  // Windows has neither; its temporary folder is each user's own.
  if (ownUid === undefined) return undefined
  if (uid !== ownUid) return `it belongs to another user (number ${uid}, and this is ${ownUid})`
  if ((mode & writtenByOthers) !== 0)
    return `other users can write to it (its mode is ${(mode & 0o777).toString(8)})`
  return undefined
}

/** Rejects, with the reason, where `folder` is there and not this user's alone; resolves to false where it is absent. */
export const checkPrivateFolder = async (folder: string): Promise<boolean> => {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) return false
  const facts = { isDirectory: found.isDirectory(), uid: found.uid, mode: found.mode }
  const fault = folderFault(facts, process.getuid?.())
  if (fault !== undefined) throw new Error(fault)
  return true
}

/** The same, and makes it where it is absent. */
export const makePrivateFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await checkPrivateFolder(folder)
}
