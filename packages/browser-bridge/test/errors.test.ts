// Every error says in one line what happened, to what, and what to do.
import { expect, it } from 'vitest'
import * as errors from '../src/errors.ts'

const cause = new Error('first line.\nsecond line')
const lane = 'a/1'
const all = [
  new errors.LaunchFailed({ kind: 'firefox', executablePath: '/x', cause }),
  new errors.PageFailed({ browser: 'firefox', doing: 'open', cause }),
  new errors.ProfileFolderFailed({ folder: '/tmp/x', cause }),
  new errors.PageBuildFailed({ folder: '/tmp/x', cause: { message: 'no vite\nhere' } }),
  new errors.PortInUse({ host: '127.0.0.1', port: 80 }),
  new errors.ListenFailed({ host: '127.0.0.1', port: 80, cause }),
  new errors.BrowserDied({ browser: 'firefox', detail: 'killed' }),
  new errors.BrowserRecycled({ browser: 'firefox' }),
  new errors.ConnectionFailed({ connection: 'a', reason: 'hung' }),
  new errors.ConnectionLost({ connection: 'a', reason: 'cut' }),
  new errors.LaneLost({ lane, reason: 'cut' }),
  new errors.LaneHung({ lane, afterMs: 12.3 }),
  new errors.LaneOpenFailed({ connection: 'a', backend: 'wasm', code: 'LaneGone', reason: 'slow' }),
  new errors.DeadlineExceeded({ lane, deadlineMs: 5 }),
  new errors.RequestCancelled({ lane }),
  new errors.RequestRefused({ lane, reason: '9 bytes, the limit is 8' }),
  new errors.RemoteFailed({ lane, code: 'OutOfMemory', reason: 'full', mayRunAgain: true }),
]

it.each(all.map(error => [error._tag, error] as const))(
  '%s has one line of two parts at least',
  (_tag, error) => {
    expect(error.message).toMatch(/^[^\n]+[.:] [^\n]+\.$/)
    expect(error.message).not.toMatch(/\.\.|undefined|object Object/)
  },
)
