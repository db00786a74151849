// docs/errors.md and docs/protocol.md held to the sources: whoever adds an error, a code, a message or a field has to
// say what it is.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const bridge = (file: string) => read(`packages/browser-bridge/src/${file}`)

const errorsDoc = read('docs/errors.md')
const protocolDoc = read('docs/protocol.md')

const sourcesBelow = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file))

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(match => match[1] ?? '')

/** The alternatives of a union of strings, by its name. */
const unionOf = (source: string, name: string) => {
  const [, body = ''] =
    new RegExp(`type ${name} =([\\s\\S]*?)(?=\\n\\n|\\nexport|\\n/\\*\\*)`).exec(source) ?? []
  return all(body.replace(/\/\*\*[\s\S]*?\*\//g, ''), /'(\w+)'/g)
}

/** Rows of tables that begin with this name in code. */
const rowOf = (doc: string, name: string) => doc.split('\n').find(line => line.startsWith(`| \`${name}\` |`))

describe('docs/errors.md', () => {
  const packages = readdirSync(join(root, 'packages')).map(name => `packages/${name}/src/errors.ts`)
  const files = [
    ...packages.filter(file => sourcesBelow('packages').includes(file)),
    ...sourcesBelow('apps/cli/src'),
  ]

  it('finds the sources that it is about', () => {
    expect(packages.filter(file => files.includes(file)).length).toBeGreaterThanOrEqual(5)
  })

  for (const file of files) {
    const tags = all(read(file), /TaggedError\(\s*'(\w+)'/g)
    for (const tag of tags) {
      it(`names ${tag} of ${file}`, () => {
        expect(errorsDoc).toContain(`\`${tag}\``)
      })
    }
  }

  const unions: readonly (readonly [string, readonly string[]])[] = [
    [
      'code of a lane’s failure',
      all(
        /const codes = \{([\s\S]*?)\n\}/.exec(bridge('protocol/wireErrors.ts'))?.[1] ?? '',
        /^ {2}(\w+): \{/gm,
      ),
    ],
    ['code of a refused frame', unionOf(bridge('protocol/frameError.ts'), 'FrameErrorCode')],
    ['refusal', unionOf(bridge('protocol/messages.ts'), 'RefusalCode')],
    ['refusal of an upgrade', unionOf(bridge('node/host/Gateway.ts'), 'Refusal')],
    ['refusal of a handshake', unionOf(bridge('node/host/PendingHandshake.ts'), 'HandshakeFault')],
    ['code of a graph that is none', unionOf(read('packages/onnx/src/errors.ts'), 'OnnxDecodeCode')],
  ]
  it.each(unions)('names every %s', (_, codes) => {
    expect(codes.length).toBeGreaterThan(1)
    expect(codes.filter(code => !errorsDoc.includes(`\`${code}\``))).toEqual([])
  })

  it.each(unions.slice(0, 2))('says of every %s when it occurs', (_, codes) => {
    expect(codes.filter(code => rowOf(errorsDoc, code) === undefined)).toEqual([])
  })

  it('names no tag twice in a table, and none that there is not', () => {
    const known = new Set([
      ...files.flatMap(file => all(read(file), /TaggedError\(\s*'(\w+)'/g)),
      ...unions.flatMap(([, codes]) => codes),
    ])
    const rows = all(errorsDoc, /^\| `(\w+)` \|/gm)
    expect(rows.filter(tag => !known.has(tag))).toEqual([])
  })
})

describe('docs/protocol.md', () => {
  const source = bridge('protocol/messages.ts').replace(/\/\*\*[\s\S]*?\*\//g, '')
  const messages = [
    ...source.matchAll(/export interface \w+ \{\n {2}readonly t: '(\w+)'\n([\s\S]*?)\n?\}/g),
  ].map(([, t = '', body = '']) => [t, all(body, /^ {2}readonly (\w+\??):/gm)] as const)

  it('is about the version that is spoken', () => {
    const [version] = all(source, /protocolVersion = (\d+)/g)
    expect(protocolDoc).toContain(`Version **${version}**`)
  })

  it('finds the messages that it is about', () => {
    expect(messages.length).toBeGreaterThan(20)
  })

  it.each(messages)('tells %s, with each of its fields', (t, fields) => {
    const row = rowOf(protocolDoc, t) ?? ''
    expect(row).not.toBe('')
    expect(fields.filter(field => !row.includes(`\`${field}\``))).toEqual([])
  })

  it('tells no message that there is not', () => {
    const known = new Set([
      't',
      ...messages.map(([t]) => t),
      ...unionOf(bridge('protocol/messages.ts'), 'RefusalCode'),
    ])
    expect(all(protocolDoc, /^\| `(\w+)` \|/gm).filter(name => !known.has(name))).toEqual([])
  })

  it('says every refusal’s when and what, and the sizes that the sources have', () => {
    const refusals = unionOf(bridge('protocol/messages.ts'), 'RefusalCode')
    expect(refusals.filter(code => rowOf(protocolDoc, code) === undefined)).toEqual([])
    const flow = bridge('protocol/flowFrames.ts')
    expect(flow).toContain('chunkBytes = 256 * 1024')
    expect(flow).toContain('windowBytes = 4 * 1024 * 1024')
  })
})
