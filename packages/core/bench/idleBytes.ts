// Measures idle memory in child processes, one a sample: a heap that others have used says nothing about bytes.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Contender } from './contenders/Contender.ts'

const program = fileURLToPath(new URL('idleMemory.ts', import.meta.url))
const run = promisify(execFile)

/** Bytes of heap for each of so many idle actors. */
export async function idleBytes({ name }: Contender, actors: number): Promise<number> {
  const flags = ['--expose-gc', '--max-old-space-size=4096', '--disable-warning=ExperimentalWarning']
  const { stdout } = await run(process.execPath, [...flags, program, name, String(actors)])
  return Number(stdout)
}
