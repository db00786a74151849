// A small workspace on disk with the shape of this one, in which a test plants what a check must find.
import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../..', import.meta.url))

export interface Planted extends AsyncDisposable {
  readonly root: string
}

const manifest = (name: string, dependencies: Readonly<Record<string, string>>, more: object = {}) =>
  JSON.stringify({
    name: `@shoal/${name}`,
    version: '0.0.0',
    type: 'module',
    exports: { '.': './src/index.ts' },
    dependencies,
    ...more,
  })

const sound: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'planted',
    private: true,
    type: 'module',
    workspaces: ['packages/*', 'apps/*', 'tools'],
    devDependencies: { vitest: '*' },
  }),
  'packages/core/package.json': manifest('core', {}, { peerDependencies: { effect: '*', xstate: '*' } }),
  'packages/core/src/index.ts': "export { answer } from './answer.ts'\n",
  'packages/core/src/answer.ts': 'export const answer = 42\n',
  'packages/tensor/package.json': manifest('tensor', {}),
  'packages/tensor/src/index.ts': 'export const tensor = 1\n',
  'packages/onnx/package.json': manifest('onnx', { effect: '*' }),
  'packages/onnx/src/index.ts': 'export const graph = 1\n',
  'packages/browser-bridge/package.json': manifest('browser-bridge', { '@shoal/core': '*' }),
  'packages/browser-bridge/src/index.ts': "export { host } from './node/host.ts'\n",
  'packages/browser-bridge/src/node/host.ts':
    "import { answer } from '@shoal/core'\nimport { frame } from '../protocol/frame.ts'\n\nexport const host = [answer, frame]\n",
  'packages/browser-bridge/src/protocol/frame.ts': 'export const frame = 1\n',
  'packages/browser-bridge/src/page/main.ts':
    "import { frame } from '../protocol/frame.ts'\n\nself.name = String(frame)\n",
  'packages/pool/package.json': manifest('pool', { '@shoal/core': '*', '@shoal/browser-bridge': '*' }),
  'packages/pool/src/index.ts':
    "export { host } from '@shoal/browser-bridge'\nexport { answer } from '@shoal/core'\n",
  'packages/pool/test/pool.test.ts':
    "import { answer } from '../src/index.ts'\n\nif (answer !== 42) throw new Error()\n",
}

/** A workspace in which all checks hold, with these files on top of it or instead of its own. */
export async function plant(files: Readonly<Record<string, string>>): Promise<Planted> {
  const root = await mkdtemp(join(tmpdir(), 'shoal-planted-'))
  for (const [path, content] of Object.entries({ ...sound, ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  for (const config of ['biome.json', 'knip.json', 'tsconfig.base.json'])
    await cp(join(repository, config), join(root, config))
  await writeFile(join(root, '.gitignore'), 'node_modules\n')
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'), 'junction')
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: root })
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}
