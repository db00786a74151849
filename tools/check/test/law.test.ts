import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { layers } from '../law.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

it('every name in the layers is a package, and every package but the tools stands in one', () => {
  const manifests = ['packages', 'apps'].flatMap(group =>
    readdirSync(`${root}${group}`).map(name => `${root}${group}/${name}/package.json`),
  )
  const names = manifests
    .filter(file => existsSync(file))
    .map(file => JSON.parse(readFileSync(file, 'utf8')).name)
  expect(layers.flat().sort()).toEqual(names.sort())
})
