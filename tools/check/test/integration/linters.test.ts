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

  it.each([
    [
      'an export that nothing uses',
      { [`${core}/answer.ts`]: 'export const answer = 42\nexport const idle = 1\n' },
      `${core}/answer.ts: unused export idle`,
    ],
    [
      'a type that nothing uses',
      { [`${core}/answer.ts`]: 'export const answer = 42\nexport type Idle = 1\n' },
      'unused exported type Idle',
    ],
    [
      'a file that nothing uses',
      { [`${core}/idle.ts`]: 'export const idle = 1\n' },
      `unused file ${core}/idle.ts`,
    ],
    [
      'a dependency that nothing uses',
      {
        'packages/onnx/package.json':
          '{ "name": "@shoal/onnx", "exports": "./src/index.ts", "dependencies": { "ws": "*" } }',
      },
      'packages/onnx/package.json: unused dependency ws',
    ],
    [
      'an export that only a test uses',
      {
        [`${core}/answer.ts`]: 'export const answer = 42\nexport const half = 21\n',
        'packages/core/test/a.test.ts':
          "import { half } from '../src/answer.ts'\n\nif (half !== 21) throw new Error()\n",
      },
      `${core}/answer.ts: unused export half (only tests use it)`,
    ],
  ])('finds %s', async (_, files: Record<string, string>, found) => {
    await using planted = await plant(files)
    const { problems } = await checkWithKnip(planted.root)
    expect(
      problems.some(problem => problem.includes(found)),
      problems.join('\n'),
    ).toBe(true)
  })
})

describe('Biome', () => {
  it.each([
    ['wrong format', 'export const answer = 42;\n', 'format'],
    ['any', 'export const answer: any = 42\n', 'noExplicitAny'],
    ['a default export', 'export const answer = 42\nexport default answer\n', 'noDefaultExport'],
    ['export *', "export * from './other.ts'\nexport const answer = 42\n", 'noReExportAll'],
    [
      'a non-null assertion',
      'const maybe: number | undefined = 42\n\nexport const answer = maybe!\n',
      'noNonNullAssertion',
    ],
    ['console.log', 'export const answer = 42\nconsole.log(answer)\n', 'noConsole'],
  ])('finds %s', async (_, text, rule) => {
    await using planted = await plant({ [`${core}/answer.ts`]: text })
    const { problems } = await checkWithBiome(planted.root)
    expect(
      problems.some(line => line.startsWith(`${core}/answer.ts`) && line.includes(rule)),
      problems.join('\n'),
    ).toBe(true)
  })
})
