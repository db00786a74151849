// Which benches there are: bench/NAME.bench.ts in every package and application. The name stands in the file's name,
// so that one bench is found without loading the others.
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Bench } from './Bench.ts'

const ending = '.bench.ts'

/** Paths by name, sorted by name. */
export async function discoverBenches(root: string): Promise<ReadonlyMap<string, string>> {
  const files: string[] = []
  for (const group of ['packages', 'apps']) {
    for (const name of await readdir(join(root, group)).catch(() => [])) {
      const folder = join(root, group, name, 'bench')
      const found = await readdir(folder).catch(() => [])
      files.push(...found.filter(file => file.endsWith(ending)).map(file => join(folder, file)))
    }
  }
  const named = files.map(file => [basename(file, ending), file] as const)
  return new Map(named.sort(([a], [b]) => a.localeCompare(b)))
}

/** Loads a bench; refuses a file that exports none, or one of another name. */
export async function loadBench(name: string, file: string): Promise<Bench> {
  const { bench } = await import(pathToFileURL(file).href)
  if (typeof bench?.run !== 'function') throw new Error(`${file} exports no 'bench' with a run method`)
  if (bench.name !== name)
    throw new Error(`${file} exports the bench '${bench.name}': file and bench must agree in name`)
  return bench
}
