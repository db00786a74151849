// The first example of a README, run as its reader would run it: in a folder of its own, with the packages
// installed. So that no README shows what does not work.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The first fenced block marked `ts` of a Markdown text. */
export function firstExample(markdown: string): string | undefined {
  return /^```ts[^\n]*\n(.*?)^```/ms.exec(markdown)?.[1]
}

export interface ExampleOptions {
  /** Files that the example finds in its folder, by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds after which it is killed. Default 60,000. */
  readonly timeoutMs?: number
}

/**
 * Runs the first example of the README at `path` against this checkout, on the Node that runs this.
 * @returns what it wrote to standard output; rejects when its exit code is not 0.
 */
export async function runReadmeExample(path: string, options: ExampleOptions = {}): Promise<string> {
  const example = firstExample(await readFile(path, 'utf8'))
  if (example === undefined) throw new Error(`${path} has no example: no block that begins with \`\`\`ts`)
  const folder = await mkdtemp(join(tmpdir(), 'shoal-example-'))
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    for (const [name, content] of Object.entries(options.files ?? {})) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
    }
    await writeFile(join(folder, 'example.ts'), example)
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    const { stdout } = await promisify(execFile)(process.execPath, ['example.ts'], {
      cwd: folder,
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs ?? 60_000,
    })
    return stdout
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
