// A host in a process of its own, for tests that kill it: launches one browser, says its pid, and waits.
// Arguments: the found browser as JSON, the options of its launch as JSON.
import { Effect, Scope } from 'effect'
import { type FoundBrowser, type LaunchOptions, launch } from '../../src/index.ts'

const [found = '', options = ''] = process.argv.slice(2)
const browser = await Effect.runPromise(
  Scope.provide(
    launch(JSON.parse(found) as FoundBrowser, JSON.parse(options) as LaunchOptions),
    Scope.makeUnsafe(),
  ),
)
process.on('SIGTERM', () => {
  setImmediate(() => {
    throw new Error('an uncaught exception, as the test wants it')
  })
})
setInterval(() => {}, 60_000)
// Last: whoever reads it may send the signal at once.
process.stdout.write(`browser ${browser.pid}\n`)
