import { describe, expect, it } from 'vitest'
import { checkCycles } from '../cycles.ts'
import { checkDependencies } from '../dependencies.ts'
import { checkFileLength } from '../fileLength.ts'
import { checkImportLaw } from '../importLaw.ts'
import { readWorkspace } from '../Workspace.ts'
import { plant } from './plant.ts'

const bridge = 'packages/browser-bridge/src'

describe('a sound workspace', () => {
  it('passes every check', async () => {
    await using planted = await plant({})
    const workspace = readWorkspace(planted.root)
    for (const check of [checkImportLaw, checkCycles, checkDependencies, checkFileLength]) {
      expect(check(workspace)).toEqual({ problems: [], warnings: [] })
    }
  })
})

describe('the import law catches', () => {
  it.each([
    [
      'core importing Node',
      'packages/core/src/answer.ts',
      "import 'node:fs'",
      'core imports effect and xstate alone',
    ],
    [
      'core importing a library',
      'packages/core/src/answer.ts',
      "import 'ws'",
      'core imports effect and xstate alone',
    ],
    [
      'core looking upwards',
      'packages/core/src/answer.ts',
      "import '@shoal/pool'",
      'core imports effect and xstate alone',
    ],
    ['tensor importing anything', 'packages/tensor/src/index.ts', "import 'effect'", 'plain values'],
    ['a neighbour', 'packages/onnx/src/index.ts', "import '@shoal/browser-bridge'", 'stands beside'],
    ['a package above', 'packages/onnx/src/index.ts', "import type { x } from '@shoal/pool'", 'stands below'],
    ['a test looking upwards', 'packages/onnx/test/a.test.ts', "import '@shoal/pool'", 'stands below'],
    ['a package in no layer', 'packages/odd/src/index.ts', "import '@shoal/core'", 'stands in no layer'],
    ['page meeting node', `${bridge}/page/main.ts`, "import '../node/host.ts'", 'page → protocol ← node'],
    ['node meeting page', `${bridge}/node/host.ts`, "import '../page/main.ts'", 'page → protocol ← node'],
    [
      'protocol meeting node',
      `${bridge}/protocol/frame.ts`,
      "export { host } from '../node/host.ts'",
      'page → protocol ← node',
    ],
    ['page using Node', `${bridge}/page/main.ts`, "import 'node:fs'", 'page runs in a browser'],
    [
      'a type from the other side',
      `${bridge}/page/main.ts`,
      "type H = import('../node/host.ts').Host\nexport type { H }",
      'page → protocol',
    ],
    [
      'an import while running',
      `${bridge}/page/main.ts`,
      "await import('../node/host.ts')",
      'page → protocol',
    ],
    ['a machine doing I/O', `${bridge}/machines/a.machine.ts`, "import 'node:fs'", 'no I/O'],
    [
      'a machine of another package doing I/O',
      'packages/pool/src/model/m.machine.ts',
      "import 'node:net'",
      'no I/O',
    ],
    [
      'a path out of the package',
      'packages/pool/src/index.ts',
      "import '../../core/src/answer.ts'",
      'leaves packages/pool',
    ],
    [
      'a back door',
      'packages/pool/src/index.ts',
      "import '@shoal/core/src/answer.ts'",
      "no door './src/answer.ts'",
    ],
    [
      'source importing tests',
      'packages/pool/src/index.ts',
      "import '../test/pool.test.ts'",
      'source does not import tests',
    ],
    ['source importing tools', 'packages/pool/src/index.ts', "import '@shoal/tools/bench'", 'not for source'],
  ])('%s', async (_, path, line, why) => {
    await using planted = await plant({
      'packages/odd/package.json': '{ "name": "@shoal/odd", "dependencies": { "@shoal/core": "*" } }',
      'tools/package.json': '{ "name": "@shoal/tools", "exports": { "./bench": "./bench.ts" } }',
      [path]: `${line}\n`,
    })
    const { problems } = checkImportLaw(readWorkspace(planted.root))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${path}:1 imports '`))
    expect(problems[0]).toContain(why)
  })

  it.each([
    [
      'a test with a neighbour for fixtures',
      'packages/onnx/test/a.test.ts',
      "import '@shoal/browser-bridge'",
    ],
    ['a bench with the harness', 'packages/onnx/bench/a.bench.ts', "import '@shoal/tools/bench'"],
    ['a package below', 'packages/pool/src/a.ts', "import '@shoal/onnx'"],
    ['a test of core with Node', 'packages/core/test/a.test.ts', "import 'node:fs'"],
    [
      'words that only look like an import',
      'packages/core/src/a.ts',
      "// import 'node:fs'\nexport const text = \"import 'ws'\"",
    ],
  ])('but not %s', async (_, path, line) => {
    await using planted = await plant({
      'tools/package.json': '{ "name": "@shoal/tools", "exports": { "./bench": "./bench.ts" } }',
      [path]: `${line}\n`,
    })
    expect(checkImportLaw(readWorkspace(planted.root)).problems).toEqual([])
  })
})

describe('the check of cycles', () => {
  const cyclesOf = async (files: Readonly<Record<string, string>>) => {
    const here = Object.entries(files).map(([name, line]) => [`packages/pool/src/${name}`, `${line}\n`])
    await using planted = await plant(Object.fromEntries(here))
    return checkCycles(readWorkspace(planted.root))
  }

  it.each([
    ['two files', { 'a.ts': "import './b.ts'", 'b.ts': "import './a.ts'" }, 'a.ts ↔ packages/pool/src/b.ts'],
    [
      'a longer way round',
      { 'a.ts': "import './b.ts'", 'b.ts': "export { c } from './c.ts'", 'c.ts': "import './a.ts'" },
      'c.ts:',
    ],
    ['a file that imports itself', { 'a.ts': "import './a.ts'" }, 'a.ts: these'],
  ])('catches %s', async (_, files: Record<string, string>, found) => {
    const { problems, warnings } = await cyclesOf(files)
    expect(problems).toEqual([expect.stringContaining(found)])
    expect(warnings).toEqual([])
  })

  it('notes a circle of types, which are erased', async () => {
    const { problems, warnings } = await cyclesOf({
      'a.ts': "import type { B } from './b.ts'",
      'b.ts': "import './c.ts'",
      'c.ts': "export type { A } from './a.ts'",
    })
    expect(problems).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('the types of these')])
  })

  it('lets a file load another one that imports it, later', async () => {
    const files = { 'a.ts': "await import('./b.ts')", 'b.ts': "import './a.ts'" }
    expect(await cyclesOf(files)).toEqual({ problems: [], warnings: [] })
  })
})

describe('the check of dependencies catches', () => {
  it.each([
    ['a package that is not declared', 'packages/pool/src/index.ts', "import 'ws'", "imports 'ws'"],
    [
      'a workspace package that is not declared',
      'packages/pool/src/index.ts',
      "import '@shoal/onnx'",
      "'@shoal/onnx'",
    ],
    [
      'source that uses a development dependency',
      'packages/onnx/src/index.ts',
      "import 'vitest'",
      'under dependencies or',
    ],
    [
      'a test that uses what nobody declares',
      'packages/pool/test/a.test.ts',
      "import 'ws/lib/x.js'",
      "imports 'ws'",
    ],
    ['a file of the root', 'x.config.ts', "import 'vite'", 'under devDependencies'],
  ])('%s', async (_, path, line, found) => {
    await using planted = await plant({ [path]: `${line}\n` })
    const { problems } = checkDependencies(readWorkspace(planted.root))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(found)
  })

  it('but not what the root declares for every test, nor what the page bundles', async () => {
    await using planted = await plant({
      'packages/browser-bridge/package.json': JSON.stringify({
        name: '@shoal/browser-bridge',
        exports: { '.': './src/index.ts' },
        dependencies: { '@shoal/core': '*' },
        devDependencies: { 'onnxruntime-web': '*' },
      }),
      'packages/browser-bridge/src/page/main.ts': "import 'onnxruntime-web'\n",
      'packages/pool/test/a.test.ts': "import 'vitest'\n",
    })
    expect(checkDependencies(readWorkspace(planted.root)).problems).toEqual([])
  })
})

describe('the check of file length', () => {
  it('asks about 401 lines and tells to split 601, as a warning', async () => {
    const lines = (count: number) => 'x\n'.repeat(count - 1)
    await using planted = await plant({
      'packages/core/src/a.ts': lines(400),
      'packages/core/src/b.ts': lines(401),
      'packages/core/src/c.ts': lines(601),
    })
    expect(checkFileLength(readWorkspace(planted.root))).toEqual({
      problems: [],
      warnings: [
        'packages/core/src/c.ts has 601 lines: split it',
        'packages/core/src/b.ts has 401 lines: more than one noun?',
      ],
    })
  })
})

describe('a file that cannot be read', () => {
  it('is named', async () => {
    await using planted = await plant({ 'packages/core/src/a.ts': 'const = 1' })
    expect(() => readWorkspace(planted.root)).toThrow('packages/core/src/a.ts cannot be parsed')
  })
})
