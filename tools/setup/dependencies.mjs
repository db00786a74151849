// Whether node_modules is what package-lock.json asks for, and `npm ci` where it is not.
// Runs on Node 20 before anything is installed: no dependency, no TypeScript.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, devOptional?: boolean, peer?: boolean, extraneous?: boolean, bin?: Record<string, string> }} LockedPackage */
/** @typedef {{ packages?: Record<string, LockedPackage> }} Lock */

const stampIn = (/** @type {string} */ root) => join(root, 'node_modules', '.shoal-setup')

/** @param {string} root */
export function lockHash(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

/**
 * Whether what npm says it installed (its hidden lockfile) is what the lock asks for. Packages for other
 * platforms are missing from an installation, so an optional one may be absent. Of a workspace only its commands
 * count, which npm links by path: its code is the clone's own.
 * @param {Lock} wanted
 * @param {Lock} installed
 */
export function agrees(wanted, installed) {
  const have = installed.packages ?? {}
  for (const [path, entry] of Object.entries(wanted.packages ?? {})) {
    const got = have[path]
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) {
      if (JSON.stringify(entry.bin) !== JSON.stringify(got?.bin)) return false
      continue
    }
    if (got === undefined) {
      if (entry.optional || entry.devOptional || entry.peer) continue
      return false
    }
    if (entry.link) {
      if (!got.link) return false
    } else if (got.version !== entry.version || got.integrity !== entry.integrity) return false
  }
  return true
}

/**
 * `current`: the stamp of an earlier set-up still fits. `adopted`: somebody installed by other means and it
 * fits. `stale`: `npm ci` is needed.
 * @param {string} root
 * @returns {'current' | 'adopted' | 'stale'}
 */
export function dependencyState(root) {
  const binary = process.platform === 'win32' ? 'node.cmd' : 'node'
  if (!existsSync(join(root, 'node_modules', '.bin', binary))) return 'stale'
  const stamp = stampIn(root)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash(root)) return 'current'
  const hidden = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(hidden)) return 'stale'
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const installed = JSON.parse(readFileSync(hidden, 'utf8'))
  return agrees(wanted, installed) ? 'adopted' : 'stale'
}

/** @param {string} root */
export function writeStamp(root) {
  writeFileSync(stampIn(root), lockHash(root))
}

/**
 * `npm ci` with everything it says on standard error. onnxruntime-node's own postinstall fetches CUDA files
 * from a host of its own and fails without it; the CPU library is in the package, so it is skipped.
 * @param {string} root
 * @returns {boolean} whether it succeeded
 */
export function installDependencies(root) {
  const args = ['ci', '--include=dev', '--no-fund', '--no-audit', '--loglevel=error']
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  const npm = process.env['npm_execpath']
  const viaNpm = npm !== undefined && /npm-cli\.c?js$/.test(npm)
  const result = viaNpm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, env, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (result.status !== 0) return false
  writeStamp(root)
  return true
}
