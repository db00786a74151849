// How core's own files know each other: in no circle, not of types either. `npm run check` refuses circles of values; a
// contract that names those who implement it is a knot for readers all the same. And what they know of XState.

import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'

const source = new URL('../src/', import.meta.url)

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(new URL(file, source), 'utf8').matchAll(/from '(\.[^']+)'/g)].map(([, to = '']) =>
    posix.join(posix.dirname(file), to),
  )

test('no file of core imports itself by way of others, for a type neither', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('.ts'),
  )
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, way: readonly string[]) => {
    const at = way.indexOf(file)
    if (at >= 0) circles.push([...way.slice(at), file].join(' > '))
    if (at >= 0 || done.has(file)) return
    for (const next of importsOf(file)) visit(next, [...way, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(files.length).toBeGreaterThan(40)
  expect(circles).toEqual([])
})

test("no file of core reaches for what is XState's own: its fields that begin with an underscore", () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('.ts'),
  )
  const reaching = files.flatMap(file => {
    const code = readFileSync(new URL(file, source), 'utf8')
    return [...code.matchAll(/\._(?!tag\b)\w+/g)].map(([found]) => `${file} ${found}`)
  })
  expect(reaching).toEqual([])
})
