// Which process a launched browser is, among all there are.
import { usesProfile } from './Profile.ts'
import type { ProcessInfo } from './processTable.ts'

/**
 * The process that we spawned and the browser proper. They differ where a distribution's launcher is a shell script
 * that waits for the browser: ending the script would leave the browser alive.
 */
export const identify = (
  profile: string,
  host: number,
  table: readonly ProcessInfo[],
): { readonly root: ProcessInfo; readonly main: ProcessInfo } | undefined => {
  const named = table.filter(info => usesProfile(info.command, profile))
  const root = named.find(info => info.parent === host) ?? named[0]
  if (root === undefined) return undefined
  const isScript = /(^|\/)(sh|bash|dash|zsh)$/.test(root.command[0] ?? '')
  const main = isScript ? named.find(info => info.parent === root.pid) : undefined
  return { root, main: main ?? root }
}
