// What each package's README says that it may import, held to what its package.json declares.

import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folders = ['packages/*/package.json', 'apps/*/package.json']
  .flatMap(pattern => globSync(pattern, { cwd: root }))
  .map(dirname)
  .toSorted()

/** Names of packages in code below the heading; `node:` and paths are none. */
const toldBy = (folder: string): string[] => {
  const [, section] = readFileSync(join(root, folder, 'README.md'), 'utf8').split(/^## May import$/m)
  if (section === undefined) return ['no heading “May import”']
  const [own = ''] = section.split(/^#/m)
  return [...own.matchAll(/`((?:@[\w-]+\/)?[a-z][\w.-]*)`/g)].map(([, name = '']) => name).toSorted()
}

const declaredBy = (folder: string): string[] => {
  const manifest: Readonly<Record<string, Readonly<Record<string, string>> | undefined>> = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  )
  return ['dependencies', 'peerDependencies', 'optionalDependencies']
    .flatMap(kind => Object.keys(manifest[kind] ?? {}))
    .toSorted()
}

it('finds the packages that it is about', () => {
  expect(folders.length).toBeGreaterThanOrEqual(7)
})

it.each(folders)('the README of %s names what it may import, and no more', folder => {
  expect(toldBy(folder)).toEqual(declaredBy(folder))
})
