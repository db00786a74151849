import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { firstExample } from '../../../readme/readmeExample.ts'
import {
  type Installation,
  installInto,
  packAll,
  registryAnswers,
  type Tarball,
  type Tarballs,
} from '../../Tarballs.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const minutes = 60_000

const exampleOf = async (path: string): Promise<string | undefined> =>
  firstExample(await readFile(join(root, path), 'utf8').catch(() => ''))

const online = await registryAnswers()
const coreExample = await exampleOf('packages/core/README.md')
const rootExample = await exampleOf('README.md')
const noRegistry = online ? '' : " (skipped: npm's registry does not answer)"
const noCoreExample = coreExample === undefined ? ' (skipped: packages/core/README.md shows no example)' : ''
const noRootExample = rootExample === undefined ? ' (skipped: README.md shows no example)' : ''

describe.skipIf(!online)(`packed and installed outside the clone${noRegistry}`, () => {
  let tarballs: Tarballs
  const all = () => [...tarballs.byName.values()].map(({ path }) => path)
  const of = (name: string): Tarball => {
    const tarball = tarballs.byName.get(name)
    if (tarball === undefined) throw new Error(`${name} was not packed`)
    return tarball
  }

  beforeAll(async () => {
    tarballs = await packAll()
  }, 5 * minutes)
  afterAll(() => tarballs?.[Symbol.asyncDispose]())

  it('every package is packed, with its README and licence, without sources or tests', () => {
    expect([...tarballs.byName.keys()].sort()).toEqual([
      '@shoal/browser-bridge',
      '@shoal/cli',
      '@shoal/core',
      '@shoal/model-store',
      '@shoal/onnx',
      '@shoal/pool',
      '@shoal/tensor',
    ])
    for (const { files } of tarballs.byName.values()) {
      expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']))
      expect(files.filter(path => /(?<!\.d)\.ts$|(^|\/)(test|bench)\//.test(path))).toEqual([])
    }
  })

  it('@shoal/browser-bridge carries its page built, the runtime compressed', () => {
    const { files } = of('@shoal/browser-bridge')
    expect(files).toEqual(expect.arrayContaining(['page/bundle.json', 'page/index.html']))
    expect(files.filter(path => path.startsWith('page/runtime/') && path.endsWith('.wasm.br'))).not.toEqual(
      [],
    )
  })

  it('publint finds nothing to mend', async () => {
    const found: string[] = []
    for (const [name, { path }] of tarballs.byName) {
      const tarball = await readFile(path)
      const bytes = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length)
      const { messages, pkg } = await publint({ pack: { tarball: bytes }, level: 'warning', strict: true })
      found.push(...messages.map(message => `${name}: ${formatMessage(message, pkg, { color: false })}`))
    }
    expect(found).toEqual([])
  })

  it('types resolve for whoever imports the packages as modules', async () => {
    const found: string[] = []
    for (const [name, { path }] of tarballs.byName) {
      // A command has no door to import.
      if (name === '@shoal/cli') continue
      const analysis = await checkPackage(createPackageFromTarballData(await readFile(path)))
      if (!analysis.types) continue
      for (const problem of analysis.problems) {
        // Modules only, for Node 22 and bundlers: `require` and the resolution of Node 10 are not served.
        const kind = 'resolutionKind' in problem ? problem.resolutionKind : ''
        if (kind !== 'node10' && kind !== 'node16-cjs') found.push(`${name}: ${JSON.stringify(problem)}`)
      }
    }
    expect(found).toEqual([])
  })

  describe('@shoal/core alone', () => {
    let installed: Installation

    beforeAll(async () => {
      installed = await installInto([of('@shoal/core').path, 'effect@4.1.0', 'xstate@5.33.3'])
    }, 2 * minutes)
    afterAll(() => installed?.[Symbol.asyncDispose]())

    it('brings no browser, no ONNX Runtime and no Playwright', () => {
      const heavy = [...installed.packages].filter(name =>
        /playwright|puppeteer|onnx|chrom|firefox|vite/.test(name),
      )
      expect(heavy).toEqual([])
      expect(installed.packages).toContain('@shoal/core')
    })

    it.skipIf(coreExample === undefined)(
      `runs its README's example${noCoreExample}`,
      async () => {
        await expect(installed.runExample(coreExample ?? '')).resolves.toBeTypeOf('string')
      },
      2 * minutes,
    )
  })

  describe('all packages in one folder', () => {
    let installed: Installation

    beforeAll(async () => {
      installed = await installInto(all())
    }, 5 * minutes)
    afterAll(() => installed?.[Symbol.asyncDispose]())

    it('@shoal/cli brings a command that answers', async () => {
      expect(await installed.runCommand('shoal', ['--help'])).toMatch(/demo[\s\S]*doctor/)
    })

    it.skipIf(rootExample === undefined)(
      `@shoal/pool runs the first example of the README${noRootExample}`,
      async () => {
        await expect(installed.runExample(rootExample ?? '')).resolves.not.toBe('')
      },
      5 * minutes,
    )
  })
})
