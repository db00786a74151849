// Carries a browser plan out: apt-get on Debian and Ubuntu, else Playwright's installer. Everything that
// these programs say goes to standard error. Nothing here decides; see planBrowsers.mjs.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { familyTable } from './findBrowser.mjs'
import { choosePackage } from './planBrowsers.mjs'

/** @typedef {import('./findBrowser.mjs').Family} Family */

/**
 * @param {string} question
 * @returns {Promise<boolean>}
 */
export async function askYes(question) {
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = (await prompt.question(`${question} [Y/n] `)).trim().toLowerCase()
    return answer === '' || answer === 'y' || answer === 'yes'
  } finally {
    prompt.close()
  }
}

/**
 * The browsers' packages, and beside each what it needs for all of its back-ends: Firefox has a WebGPU adapter only
 * where there is a Vulkan driver, mesa's software one at least.
 * @param {readonly Family[]} families
 */
export function aptPackages(families) {
  return families.flatMap(family => {
    const { debian, debianBeside } = familyTable[family]
    const browser = choosePackage(debian, candidateVersion)
    return browser === undefined ? [] : [browser, ...debianBeside]
  })
}

/** @returns {boolean} whether the lists could be refreshed */
export function aptUpdate() {
  return runQuietly('apt-get', ['update', '-q', ...waitForLock])
}

/**
 * @param {readonly string[]} packages
 * @returns {boolean}
 */
export function aptInstall(packages) {
  return runQuietly('apt-get', [
    'install',
    '-y',
    '-q',
    '--no-install-recommends',
    ...waitForLock,
    ...packages,
  ])
}

/**
 * @param {string} root
 * @param {readonly Family[]} families
 * @returns {boolean}
 */
export function playwrightInstall(root, families) {
  return run(process.execPath, [
    join(root, 'node_modules', 'playwright-core', 'cli.js'),
    'install',
    ...families,
  ])
}

// Another set-up on this machine, or the system's own updates, may hold apt's lock.
const waitForLock = ['-o', 'DPkg::Lock::Timeout=300']

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, args, { env, stdio: ['ignore', 2, 2] }).status === 0
}

/**
 * A thousand lines of dpkg would bury what comes before and after: it is heard where it failed.
 * @param {string} command
 * @param {string[]} args
 */
function runQuietly(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { env, encoding: /** @type {const} */ ('utf8'), maxBuffer: 2 ** 28 }
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, options)
  if (status === 0) return true
  const said = `${stdout ?? ''}${stderr ?? ''}`.trimEnd()
  if (said !== '') process.stderr.write(`${said.split('\n').slice(-20).join('\n')}\n`)
  if (error !== undefined)
    process.stderr.write(
      `setup: ${command} could not be run (${error.message}): mend that, or install the packages yourself\n`,
    )
  else if (said === '')
    process.stderr.write(`setup: ${command} failed (${signal ?? status}) and said nothing\n`)
  return false
}

/** @param {string} name */
function candidateVersion(name) {
  const { stdout } = spawnSync('apt-cache', ['policy', name], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
  return /^\s*Candidate: (\S+)/m.exec(stdout ?? '')?.[1]
}
