// Every link within the repository leads to a file that is there, and to a heading that it has.

import { globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const pages = ['*.md', 'docs/**/*.md', 'packages/*/*.md', 'apps/*/*.md'].flatMap(pattern =>
  globSync(pattern, { cwd: root }).map(file => join(root, file)),
)

/** What a heading is linked by. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\-_ ]/gu, '')
    .replaceAll(' ', '-')

const headings = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading))

it('finds the pages that it is about', () => {
  expect(pages.length).toBeGreaterThan(15)
})

it.each(pages.map(page => [relative(root, page), page]))('the links of %s lead somewhere', (_, page) => {
  const dead = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter(link => !/^https?:/.test(link))
    .filter(link => {
      const [path = '', heading] = link.split('#')
      const target = path === '' ? page : resolve(dirname(page), path)
      const found = statSync(target, { throwIfNoEntry: false })
      if (found === undefined) return true
      return (
        heading !== undefined && !(found.isFile() && headings(readFileSync(target, 'utf8')).includes(heading))
      )
    })
  expect(dead).toEqual([])
})
