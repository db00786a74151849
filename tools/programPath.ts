// Where the script behind a command of an installed package lies, so that it can be started with this very Node: the
// links in node_modules/.bin are shell scripts on some systems.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @param command the package's own name when it is not given. */
export function programPath(root: string, packageName: string, command = packageName): string {
  const folder = join(root, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const path = typeof bin === 'string' ? bin : bin?.[command]
  if (typeof path !== 'string') throw new Error(`${packageName} brings no command ${command}`)
  return join(folder, path)
}
