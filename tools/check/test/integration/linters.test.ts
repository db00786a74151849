import { describe, expect, it } from 'vitest'
import { checkWithBiome, checkWithKnip } from '../../linters.ts'
import { plant } from '../plant.ts'

const core = 'packages/core/src'

describe('knip', () => {
  it('finds nothing in a sound workspace', async () => {
    await using planted = await plant({})
    const { problems } = await checkWithKnip(planted.root)
    // The planted manifests declare more than the few planted lines use.
    expect(problems.filter(problem => !problem.includes('ependency'))).toEqual([])
  })

  it('finds exports, types, files and dependencies that nothing uses, and exports that only a test uses', async () => {
    await using planted = await plant({
      [`${core}/answer.ts`]:
        'export const answer = 42\nexport const half = 21\nexport const idle = 1\nexport type Idle = 1\n',
      [`${core}/unused.ts`]: 'export const unused = 1\n',
      'packages/core/test/half.test.ts':
        "import { half } from '../src/answer.ts'\n\nif (half !== 21) throw new Error()\n",
      'packages/onnx/package.json':
        '{ "name": "@shoal/onnx", "exports": "./src/index.ts", "dependencies": { "ws": "*" } }',
    })
    const { problems } = await checkWithKnip(planted.root)
    expect(problems).toEqual(
      expect.arrayContaining([
        `${core}/answer.ts: unused export idle`,
        `${core}/answer.ts: unused exported type Idle`,
        `${core}/unused.ts: unused file ${core}/unused.ts`,
        'packages/onnx/package.json: unused dependency ws',
        `${core}/answer.ts: unused export half (only tests or benches use it)`,
      ]),
    )
  })
})

describe('Biome', () => {
  it('finds what the style forbids', async () => {
    const planted: readonly (readonly [rule: string, text: string])[] = [
      ['format', 'export const answer = 42;\n'],
      ['noExplicitAny', 'export const answer: any = 42\n'],
      ['noDefaultExport', 'export const answer = 42\nexport default answer\n'],
      ['noReExportAll', "export * from './other.ts'\n"],
      ['noNonNullAssertion', 'const maybe: number | undefined = 42\n\nexport const answer = maybe!\n'],
      ['noConsole', 'export const answer = 42\nconsole.log(answer)\n'],
      ['noUnusedVariables', 'const idle = 1\n\nexport const answer = 42\n'],
      ['useNodejsImportProtocol', "import fs from 'fs'\n\nexport const answer = fs\n"],
    ]
    await using workspace = await plant(
      Object.fromEntries(planted.map(([rule, text]) => [`${core}/${rule}.ts`, text])),
    )
    const { problems } = await checkWithBiome(workspace.root)
    for (const [rule] of planted) {
      const found = problems.filter(
        line => line.startsWith(`${core}/${rule}.ts:`) && line.includes(`${rule}:`),
      )
      expect(found, rule).toHaveLength(1)
    }
  })
})
