// Which folder is one user's alone.
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect } from 'effect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Profile } from '../../../src/node/browsers/Profile.ts'
import { type FolderFacts, folderFault } from '../../../src/node/browsers/privateFolder.ts'
import { reapOrphans } from '../../../src/node/browsers/reapOrphans.ts'

let parent = ''
beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
})
afterAll(() => rm(parent, { recursive: true, force: true }))

describe('A folder for profiles', () => {
  const own: FolderFacts = { isDirectory: true, uid: 1000, mode: 0o40700 }
  it.each<[string, Partial<FolderFacts>, number | undefined, string | undefined]>([
    ['of this user, closed to others, is taken', {}, 1000, undefined],
    ['that others may read is taken: the profiles in it are closed', { mode: 0o40755 }, 1000, undefined],
    ['of another user is refused', { uid: 1001 }, 1000, 'belongs to another user (number 1001'],
    ['of another user is refused to root as well', {}, 0, 'belongs to another user'],
    ['that its group can write is refused', { mode: 0o40770 }, 1000, 'other users can write to it'],
    ['that anybody can write is refused', { mode: 0o40702 }, 1000, 'its mode is 702'],
    ['that is a file is refused', { isDirectory: false }, 1000, 'no folder'],
    ['on a system without owners is taken', { uid: 0, mode: 0o40777 }, undefined, undefined],
  ])('%s', (_what, facts, ownUid, fault) => {
    const said = folderFault({ ...own, ...facts }, ownUid)
    if (fault === undefined) expect(said).toBeUndefined()
    else expect(said).toContain(fault)
  })

  it.skipIf(process.getuid === undefined)(
    'is made for this user alone; one that others can write is neither used nor swept, and the error says the way out',
    async () => {
      const folder = path.join(parent, 'new')
      const profile = await Effect.runPromise(Profile.make(folder, 'chromium'))
      expect((await stat(folder)).mode & 0o777).toBe(0o700)
      await profile.remove()
      await chmod(folder, 0o777)
      await writeFile(path.join(folder, 'chromium-1.json'), '{}')
      for (const use of [Profile.make(folder, 'chromium'), reapOrphans(folder)]) {
        const failure = await Effect.runPromise(Effect.flip<unknown, { message: string }, never>(use))
        expect(failure).toMatchObject({ _tag: 'ProfileFolderFailed', folder })
        expect(failure.message).toMatch(/other users can write to it.*set TMPDIR to a folder/i)
      }
    },
  )

  it('that is not there has nothing to sweep', async () => {
    expect(await Effect.runPromise(reapOrphans(path.join(parent, 'absent')))).toEqual({
      killed: [],
      removed: [],
    })
  })
})
