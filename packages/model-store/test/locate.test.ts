import { homedir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isModelId, locate } from '../src/locate.ts'

const at = (text: string, present: readonly string[] = []) => locate(text, path => present.includes(path))
const hub = 'https://hub.example'

describe('what the string that names a model means', () => {
  it.each([
    ['bert-mini', { _tag: 'Name', id: 'bert-mini', revision: 'main' }],
    ['org/bert.v2@4f1c', { _tag: 'Name', id: 'org/bert.v2', revision: '4f1c' }],
    ['./bert', { _tag: 'Path', path: './bert' }],
    ['../models/bert', { _tag: 'Path', path: '../models/bert' }],
    ['/models/bert', { _tag: 'Path', path: '/models/bert' }],
    ['C:\\models\\bert', { _tag: 'Path', path: 'C:\\models\\bert' }],
    ['~/bert', { _tag: 'Path', path: join(homedir(), 'bert') }],
    ['mnist.onnx', { _tag: 'Path', path: 'mnist.onnx' }],
    ['file:///models/a%20b', { _tag: 'Path', path: '/models/a b' }],
    [`${hub}/org/bert`, { _tag: 'HubModel', hub, id: 'org/bert', revision: 'main' }],
    [`${hub}/org/bert/tree/v1`, { _tag: 'HubModel', hub, id: 'org/bert', revision: 'v1' }],
    [
      `${hub}/mirror/org/bert/resolve/v1`,
      { _tag: 'HubModel', hub: `${hub}/mirror`, id: 'org/bert', revision: 'v1' },
    ],
    [`${hub}/x/mnist.onnx?download=true`, { _tag: 'GraphUrl', url: `${hub}/x/mnist.onnx?download=true` }],
  ])('%s', (text, expected) => {
    expect(at(text)).toEqual(expected)
  })

  it('a name that exists on disk is a path', () => {
    expect(at('models/bert', ['models/bert'])).toEqual({ _tag: 'Path', path: 'models/bert' })
  })

  it.each([
    '',
    '  ',
    'a/b/c',
    'org/..',
    '..onnx/../../etc',
    'bert\u0000',
    'bert mini',
    'ftp://host/x',
    `${hub}/`,
    'bert@../x',
    'file://host/x',
  ])('refuses %j with a reason', text => {
    expect(at(text)).toMatchObject({ _tag: 'Refused', reason: expect.stringMatching(/./) })
  })

  it('no name leads out of the folder that it is looked up in', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', 'a', '\\', '~', '%', '2', 'e') }), text => {
        if (isModelId(text)) expect(join('/root', text).startsWith('/root/')).toBe(true)
      }),
    )
  })
})
