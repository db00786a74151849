// The one step before `npm start` and `npm test`: dependencies, then browsers, then, `--for-tests`, Erlang. Quick when there is nothing to
// do, safe to run twice at once. It must run on Node 20 in a fresh clone, so: plain JavaScript, no dependency.
// It speaks on standard error only, since the program after it may print one JSON document.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dependencyState, installDependencies, writeStamp } from './dependencies.mjs'
import { erlangPackage, findErlang, planErlang } from './erlang.mjs'
import { families, familyTable, findBrowser, variableOf } from './findBrowser.mjs'
import { aptInstall, aptPackages, aptUpdate, askYes, playwrightInstall } from './installBrowsers.mjs'
import { takeLock } from './lock.mjs'
import { isDebianLike, planBrowsers } from './planBrowsers.mjs'

/** @typedef {import('./findBrowser.mjs').Family} Family */

const root = fileURLToPath(new URL('../..', import.meta.url))
const notes = join(root, '.cache', 'setup.json')
const retryAfterMs = 24 * 3_600_000
const again = process.argv.includes('--again')
const ci = process.env['CI'] === 'true' || process.env['CI'] === '1'
// A set-up of its own in CI is one for tests; `npm start` never is.
const forTests =
  process.argv.includes('--for-tests') || (ci && process.env['npm_lifecycle_event'] === 'setup')

const say = (/** @type {string} */ line) => process.stderr.write(`setup: ${line}\n`)
const missing = () => families.filter(family => findBrowser(family) === undefined)

/** @typedef {{ failed: Family[], at: number, erlangAt: number }} Notes what could not be had, and when that was seen */

/** @returns {Notes} */
function readNotes() {
  const nothing = { failed: [], at: 0, erlangAt: 0 }
  if (again || !existsSync(notes)) return nothing
  try {
    return { ...nothing, ...JSON.parse(readFileSync(notes, 'utf8')) }
  } catch {
    return nothing
  }
}

const isRecent = (/** @type {number} */ at) => Date.now() - at < retryAfterMs

/** @param {Partial<Notes>} news */
function remember(news) {
  const noted = { ...readNotes(), ...news }
  mkdirSync(join(root, '.cache'), { recursive: true })
  writeFileSync(notes, JSON.stringify(noted))
}

const rememberBrowsers = () => remember({ failed: missing(), at: Date.now() })

function situation() {
  const absent = missing()
  const { failed, at } = readNotes()
  return {
    ...machine(),
    missing: absent,
    present: families.filter(family => !absent.includes(family)),
    failedBefore: isRecent(at) ? failed : [],
  }
}

function machine() {
  const osRelease = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  return {
    debian: isDebianLike(osRelease) && existsSync('/usr/bin/apt-get'),
    root: process.getuid?.() === 0,
    ci,
    terminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
  }
}

function erlangSituation() {
  const failedBefore = isRecent(readNotes().erlangAt)
  return { ...machine(), wanted: forTests, present: findErlang() !== undefined, failedBefore }
}

/** @param {Family[]} wanted */
const namesOf = wanted => wanted.map(family => familyTable[family].label).join(' and ')

/** @param {import('./planBrowsers.mjs').Plan} plan */
async function carryOut(plan) {
  if (plan._tag === 'Nothing' || plan._tag === 'KnownMissing') return
  if (plan._tag === 'Apt') {
    const question = `No ${namesOf(plan.families)} here. Install ${plan.families.map(f => familyTable[f].debian[0]).join(' and ')} with apt-get?`
    if (plan.ask && !(await askYes(question))) return rememberBrowsers()
    say(
      `installing with apt-get, which takes a minute or two, and waits in silence for up to five where another program holds its lock: ${namesOf(plan.families)}`,
    )
    // One by one, so that a package that fails does not take the other with it.
    if (aptUpdate()) for (const name of aptPackages(plan.families)) aptInstall([name])
    else say('apt-get update failed')
  }
  const still = missing().filter(family => plan.families.includes(family))
  if (still.length > 0) {
    say(`getting ${namesOf(still)} with Playwright's installer`)
    for (const family of still) playwrightInstall(root, [family])
  }
  rememberBrowsers()
}

/** @param {import('./erlang.mjs').ErlangPlan} plan */
async function carryOutErlang(plan) {
  if (plan._tag === 'Nothing') return
  const question = `No Erlang here, which the supervision tests compare with. Install ${erlangPackage} with apt-get?`
  if (plan._tag === 'Apt' && (!plan.ask || (await askYes(question)))) {
    say(`installing with apt-get, for the tests: ${erlangPackage}`)
    if (aptUpdate()) aptInstall([erlangPackage])
    else say('apt-get update failed')
  }
  if (findErlang() !== undefined) return
  remember({ erlangAt: Date.now() })
  say(
    `no Erlang: the tests that compare core with OTP will be skipped (install ${erlangPackage}, or set SHOAL_ERL to the path of erl)`,
  )
}

/** @returns {number} the exit code: one browser missing is a warning, none at all an error */
function report() {
  const absent = missing()
  if (absent.length === 0) return 0
  const variables = absent.map(family => variableOf(familyTable[family].kinds[0] ?? family)).join(' or ')
  if (absent.length < families.length) {
    say(
      `warning: no ${namesOf(absent)} found; going on without (set ${variables} to a path, or run "npm run setup -- --again")`,
    )
    return 0
  }
  say(`no browser was found and none could be installed. Do one of these:
  - install Chromium, Chrome, Edge or Firefox by your system's means
  - set ${variables} to the path of one
  - on Debian or Ubuntu, as root: apt-get install chromium-headless-shell firefox-esr
  - npx playwright-core install --with-deps chromium firefox
then run the command again`)
  return 1
}

const help = `npm run setup -- [--again] [--for-tests]

Installs dependencies where package-lock.json asks for others, and a browser where none is found. It does nothing
where nothing is missing.

  --again      try again what could not be had in the last day
  --for-tests  also what the tests alone need: Erlang
  --help       say this`

/** @returns {number | undefined} the exit code, where the words on the command line leave nothing to do */
function answerWords() {
  const words = process.argv.slice(2)
  const stranger = words.find(word => !['--again', '--for-tests', '--help'].includes(word))
  if (stranger !== undefined) {
    say(`there is no ${stranger}; there are --again, --for-tests and --help`)
    return 2
  }
  if (!words.includes('--help')) return undefined
  process.stdout.write(`${help}\n`)
  return 0
}

async function main() {
  const dependencies = dependencyState(root)
  const nothingToGet =
    planBrowsers(situation())._tag === 'Nothing' && planErlang(erlangSituation())._tag === 'Nothing'
  if (dependencies === 'current' && nothingToGet) return 0

  const giveBack = await takeLock(join(root, '.cache', 'setup.lock'), pid =>
    say(`waiting for another set-up (pid ${pid})`),
  )
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  process.once('exit', giveBack)
  // Read again: the set-up that was waited for may have done it.
  const state = dependencyState(root)
  if (state === 'adopted') writeStamp(root)
  if (state === 'stale') {
    say('installing dependencies (npm ci)')
    if (!installDependencies(root)) {
      say(
        'npm ci failed (see above). Check the network and the registry that npm uses ("npm config get registry"), then run the command again',
      )
      return 1
    }
  }
  await carryOut(planBrowsers(situation()))
  await carryOutErlang(planErlang(erlangSituation()))
  return report()
}

process.exitCode = answerWords() ?? (await main())
