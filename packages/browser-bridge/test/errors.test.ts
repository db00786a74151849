// Every error says in one line what happened, to what, and what to do.
import { expect, it } from 'vitest'
import * as errors from '../src/errors.ts'
import type { FrameErrorCode } from '../src/protocol/frameError.ts'
import type { WireErrorCode } from '../src/protocol/wireErrors.ts'

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
  ...(['deadline', 'usual', 'beats'] as const).map(
    limit => new errors.LaneHung({ lane, afterMs: 12.3, limit, limitMs: 9.5 }),
  ),
  new errors.LaneOpenFailed({ connection: 'a', backend: 'wasm', code: 'LaneGone', reason: 'slow' }),
  new errors.DeadlineExceeded({ lane, deadlineMs: 5 }),
  new errors.RequestCancelled({ lane }),
  new errors.RequestRefused({ lane, code: 'FrameTooLarge', reason: '9 bytes, the limit is 8' }),
  new errors.RemoteFailed({ lane, code: 'OutOfMemory', reason: 'full', mayRunAgain: true }),
]

it.each(all.map(error => [error._tag, error] as const))(
  '%s has one line of two parts at least',
  (_tag, error) => {
    expect(error.message).toMatch(/^[^\n]+[.:] [^\n]+\.$/)
    expect(error.message).not.toMatch(/\.\.|undefined|object Object/)
  },
)

it.each<[WireErrorCode, boolean]>([
  ['LaneGone', true],
  ['OutOfMemory', true],
  ['BackendUnavailable', true],
  ['WrongInput', false],
])('A lane that did not open for %s may be opened elsewhere or later: %s', (code, mayRunAgain) => {
  const failed = new errors.LaneOpenFailed({ connection: 'a', backend: 'wasm', code, reason: 'no' })
  expect(failed.mayRunAgain).toBe(mayRunAgain)
})

it.each<[FrameErrorCode, RegExp]>([
  ['FrameTooLarge', /Send less at once\.$/],
  ['HeaderTooLarge', /Send less at once\.$/],
  ['TooManyTensors', /Send less at once\.$/],
  ['TensorInvalid', /Give tensors whose type, dims and data agree\.$/],
  ['HeaderMalformed', /Give values that JSON holds\.$/],
  ['MessageInvalid', /Give values of the types that the call declares\.$/],
])('A request that is refused for %s says what to do about that', (code, advice) => {
  expect(new errors.RequestRefused({ lane, code, reason: 'no' }).message).toMatch(advice)
})
