import { describe, expect, it } from 'vitest'
import { publishManifest } from '../publishManifest.ts'

const publication = { versions: new Map([['@shoal/core', '0.3.0']]), node: '>=22.12' }

describe('the manifest that is published', () => {
  it('opens its doors on JavaScript and types, keeps peers, drops what development needs', () => {
    const published = publishManifest(
      {
        name: '@shoal/x',
        version: '0.2.0',
        license: 'Apache-2.0',
        exports: { '.': './src/index.ts', './testing': './src/testing/index.ts' },
        dependencies: { '@shoal/core': '^0.1.0', ws: '^8.23.0' },
        peerDependencies: { effect: '^4.1.0' },
        devDependencies: { vite: '8.3.8' },
      },
      publication,
    )
    expect(published).toEqual({
      name: '@shoal/x',
      version: '0.2.0',
      license: 'Apache-2.0',
      type: 'module',
      sideEffects: false,
      engines: { node: '>=22.12' },
      exports: {
        '.': { types: './index.d.ts', default: './index.js' },
        './testing': { types: './testing/index.d.ts', default: './testing/index.js' },
        './package.json': './package.json',
      },
      dependencies: { '@shoal/core': '^0.3.0', ws: '^8.23.0' },
      peerDependencies: { effect: '^4.1.0' },
    })
  })

  it('of a command names the built program', () => {
    const published = publishManifest(
      { name: '@shoal/cli', version: '1.0.0', bin: { shoal: './src/main.ts' } },
      publication,
    )
    expect(published['bin']).toEqual({ shoal: './main.js' })
    expect(published).not.toHaveProperty('exports')
  })

  it('of a command whose program is JavaScript already names that', () => {
    const bin = { shoal: './src/shoal.mjs' }
    const published = publishManifest({ name: '@shoal/cli', version: '1.0.0', bin }, publication)
    expect(published['bin']).toEqual({ shoal: './shoal.mjs' })
  })

  it('refuses a door that no build makes', () => {
    const manifest = { name: 'x', version: '1.0.0', exports: { '.': './dist/index.js' } }
    expect(() => publishManifest(manifest, publication)).toThrow('no source file below ./src')
  })
})
