import { describe, expect, it } from 'vitest'
import { agrees } from '../dependencies.mjs'

const lock = (packages: Record<string, object>) => ({ packages })
const a = { version: '1.0.0', integrity: 'sha512-a' }
const wanted = lock({
  '': { name: 'root' },
  'packages/x': { version: '0.1.0' },
  'apps/y': { version: '0.1.0', bin: { y: 'src/door.mjs' } },
  'node_modules/a': a,
  'node_modules/@o/darwin': { version: '2.0.0', integrity: 'sha512-d', optional: true },
  'node_modules/x': { link: true },
})
const y = { 'apps/y': { version: '0.1.0', bin: { y: 'src/door.mjs' } } }

describe('what is installed agrees with the lock', () => {
  it.each([
    [
      'when every package is there in its version',
      { ...y, 'node_modules/a': a, 'node_modules/x': { link: true } },
      true,
    ],
    ['not when a package is missing', { ...y, 'node_modules/x': { link: true } }, false],
    [
      'not when a version differs',
      { ...y, 'node_modules/a': { ...a, version: '1.0.1' }, 'node_modules/x': { link: true } },
      false,
    ],
    [
      'not when the content differs',
      { ...y, 'node_modules/a': { ...a, integrity: 'sha512-b' }, 'node_modules/x': { link: true } },
      false,
    ],
    ['not when a link is a copy', { ...y, 'node_modules/a': a, 'node_modules/x': {} }, false],
    [
      'not when a workspace’s command is linked to another file',
      { 'apps/y': { bin: { y: 'src/main.ts' } }, 'node_modules/a': a, 'node_modules/x': { link: true } },
      false,
    ],
    [
      'not when a workspace’s command is not linked',
      { 'apps/y': {}, 'node_modules/a': a, 'node_modules/x': { link: true } },
      false,
    ],
  ])('%s', (_, installed, expected) => {
    expect(agrees(wanted, lock(installed))).toBe(expected)
  })
})
