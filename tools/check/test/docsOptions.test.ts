// docs/options.md held to the types: whoever adds an option has to say there what it changes, and what its default is.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const pool = (file: string) => read(`packages/pool/src/${file}`)
const bridge = (file: string) => read(`packages/browser-bridge/src/node/${file}`)
const doc = read('docs/options.md')

/** The names of an interface's own fields; those within a field's braces are none. */
const fieldsOf = (source: string, name: string) => {
  const body = new RegExp(`interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? ''
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, field = '']) => field)
}

interface Row {
  readonly name: string
  readonly default: string
  readonly what: string
}

/** The rows of the tables below a heading, down to the next heading. */
const rowsBelow = (heading: string): Row[] => {
  const [, section = ''] = doc.split(new RegExp(`^#+ ${heading}$`, 'm'))
  const [own = ''] = section.split(/^#/m)
  return [...own.matchAll(/^\| `(\w+)` \| (.+?) \| (.+) \|$/gm)].map(
    ([, name = '', byDefault = '', what = '']) => ({ name, default: byDefault, what }),
  )
}

const without = (fields: readonly string[], ...left: readonly string[]) =>
  fields.filter(field => !left.includes(field))

const options = pool('PoolOptions.ts')
const spec = pool('ModelSpec.ts')
const entries = pool('ResourcePool.ts')

const sections: readonly (readonly [heading: string, fields: readonly string[]])[] = [
  ['ResourcePool\\.start', [...fieldsOf(options, 'PoolOptions'), 'signal']],
  ['scaling', fieldsOf(pool('scaling/ScalingPolicy.ts'), 'ScalingRules')],
  ['memory', fieldsOf(options, 'MemoryOptions')],
  ['recycle', fieldsOf(pool('fleet/recycling.ts'), 'RecycleRules')],
  [
    'browsers',
    [
      ...fieldsOf(pool('fleet/browserSources.ts'), 'LaunchChoice'),
      ...without(fieldsOf(bridge('browsers/LaunchOptions.ts'), 'LaunchOptions'), 'profilesDir'),
      ...fieldsOf(bridge('browsers/Endpoint.ts'), 'Endpoint'),
    ],
  ],
  ['browserPreferences', fieldsOf(pool('routing/preferences.ts'), 'TypePreference')],
  [
    'join',
    [
      ...fieldsOf(pool('fleet/Devices.ts'), 'JoinOptions'),
      ...without(fieldsOf(bridge('host/Door.ts'), 'DoorOptions'), 'onDevice'),
      ...fieldsOf(bridge('host/JoinDoor.ts'), 'JoinAddressOptions'),
    ],
  ],
  ['getModel', [...fieldsOf(spec, 'ModelSpec'), ...fieldsOf(entries, 'GetModelOptions')]],
  ['optimizations', fieldsOf(spec, 'Optimizations')],
  ['batching', fieldsOf(pool('batching/Batching.ts'), 'BatchingOptions')],
  ['run and stream', fieldsOf(pool('runOptions.ts'), 'RunModelOptions')],
]

describe('docs/options.md', () => {
  it.each(sections)('has every option of the section %s, and none else', (heading, fields) => {
    expect(fields.length).toBeGreaterThan(1)
    const told = rowsBelow(heading).map(({ name }) => name)
    expect(told.toSorted()).toEqual(fields.toSorted())
  })

  const sourceDefaults: readonly (readonly [heading: string, source: string, pattern: RegExp])[] = [
    [
      'scaling',
      /defaultRules: ScalingRules = \{([\s\S]*?)\n\}/.exec(pool('scaling/ScalingPolicy.ts'))?.[1] ?? '',
      /(\w+): ([\d._]+|true|false),/g,
    ],
    [
      'ResourcePool\\.start',
      pool('resolveOptions.ts'),
      /(\w+): options\.\w+ \?\? ([\d_]+|true|false|'[^']*'),/g,
    ],
    ['batching', pool('batching/Batching.ts'), /(max\w+) = ([\d_]+),/g],
  ]
  it.each(sourceDefaults)('has the defaults of the source in the section %s', (heading, source, pattern) => {
    const defaults = [...source.matchAll(pattern)].map(
      ([, name = '', value = '']) => [name, value.replaceAll('_', '').replaceAll("'", '')] as const,
    )
    expect(defaults.length).toBeGreaterThan(1)
    const rows = rowsBelow(heading)
    const wrong = defaults.filter(
      ([name, value]) => !rows.some(row => row.name === name && row.default.includes(`\`${value}\``)),
    )
    expect(wrong).toEqual([])
  })

  it('names the other calls’ options', () => {
    const rest = ['failFast', ...fieldsOf(entries, 'AliasOptions'), ...fieldsOf(entries, 'CloseOptions')]
    const [, section = ''] = doc.split('## The others')
    expect(rest.length).toBeGreaterThan(2)
    expect(rest.filter(name => !section.includes(`| \`${name}\` |`))).toEqual([])
  })
})
