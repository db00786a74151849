// Core as a page gets it: bundled by Vite, with everything or without what its users bring along.

import { build } from 'vite'

/** Bundles one entry file and gives its code. `external` says which imports stay imports. */
export async function bundle(
  entry: string,
  external: (id: string) => boolean = () => false,
): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      minify: true,
      target: 'esnext',
      lib: { entry, formats: ['es'], fileName: 'core' },
      rollupOptions: { external },
    },
  })
  if (!Array.isArray(built)) throw new Error('Vite gave no output')
  const [chunk, ...more] = built.flatMap(({ output }) => output)
  if (chunk?.type !== 'chunk' || more.length > 0) throw new Error('the bundle is not one file')
  return chunk.code
}
