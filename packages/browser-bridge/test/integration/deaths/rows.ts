// The table of deaths: every way in which a browser, a page, a link or a lane is known to fail, one row each. What is
// done here is done to page a; page b of the same browser looks on.

import type { Lane } from '../../../src/index.ts'
import { isPatient } from '../../rig/patience.ts'
import { cube, manifest } from './cube.ts'
import { largeManifest } from './cubeLarge.ts'
import type { Death } from './Death.ts'
import { processDeaths, stops } from './processRows.ts'
import { heartbeat, type Stage, silentMs } from './Stage.ts'

/** A silence and a half always; half a minute where there is time for it. */
const inferenceMs = isPatient ? 30_000 : 1.5 * silentMs

const gpuLane: NonNullable<Death['prepare']> = stage => stage.lane('a', 'webgpu')

const pageDeaths: readonly Death[] = [
  {
    name: 'a main thread that hangs',
    fault: async stage => {
      void stage
        .page('a')
        .evaluate('for (;;);')
        .catch(() => undefined)
    },
    sign: { chromium: 'main', firefox: 'silence' },
    rung: { chromium: 'reload', firefox: 'page' },
    sibling: 'untouched',
    ends: ['ConnectionLost', 'answered'],
    because:
      'Firefox has the sockets of a page’s workers pass its main thread, and loads no other address there',
  },
  {
    name: 'a page closed by hand',
    fault: async stage => {
      void stage.page('a').close()
    },
    sign: 'close',
    toldLike: 'close',
    rung: 'page',
    sibling: 'untouched',
    ends: ['ConnectionLost'],
  },
]

const linkDeaths: readonly Death[] = [
  {
    name: 'a socket cut',
    fault: async stage => stage.wires.a.cut(),
    sign: 'close',
    rung: 'reconnect',
    sibling: 'untouched',
    ends: ['ConnectionLost'],
  },
  {
    name: 'a half-open socket',
    fault: async stage => stage.wires.a.mute(),
    // The page misses its host as the host misses its page.
    sign: 'dialled',
    orSigns: ['silence', 'unanswered'],
    rung: 'reconnect',
    sibling: 'untouched',
    ends: ['ConnectionLost'],
  },
  {
    name: 'a link worker that hangs',
    fault: stage => stage.pull('a', 'link', 'hang'),
    sign: 'silence',
    orSigns: ['unanswered'],
    rung: 'reload',
    sibling: 'untouched',
    ends: ['ConnectionLost'],
  },
]

const refusedForMemory = (loading: Promise<unknown>): Promise<void> =>
  loading.then(
    () => {
      throw new Error('it was loaded')
    },
    (error: { readonly code?: string; readonly mayRunAgain?: boolean }) => {
      if (error.code !== 'OutOfMemory' || error.mayRunAgain !== true) throw error
    },
  )

/** The deadline of a run that hangs. */
export const hangMs = 1_000

/** Whether the host heard of its throw while the page's main thread was blocked, well within that one's limit. */
async function throwWhileBusy(stage: Stage, lane: Lane): Promise<{ at: number; isPast: boolean }> {
  const busy = stage.page('a').evaluate(blockedMs => {
    const { levers } = globalThis as unknown as {
      levers: Map<string, { postMessage(message: object): void }>
    }
    const [, worker] = [...levers].filter(([name]) => name.startsWith('lane')).at(-1) ?? []
    if (worker === undefined) throw new Error('no lane of this page has levers')
    const start = Date.now()
    worker.postMessage({ lever: 'throw' })
    const end = performance.now() + blockedMs
    while (performance.now() < end);
    return { start, end: Date.now() }
  }, heartbeat.mainMs / 2)
  const [lostAt, { start, end }] = await Promise.all([lane.lost.then(() => Date.now()), busy])
  return { at: performance.now() - (Date.now() - start), isPast: lostAt < end }
}

const laneDeaths: readonly Death[] = [
  {
    name: `an inference of ${inferenceMs / 1000} s on WASM${isPatient ? '' : ' (30 s with SHOAL_LONG=1)'}`,
    fault: async (_stage, lane) => {
      const take = async (size: number) =>
        (await lane.run('cube', cube(size), { deadlineMs: 300_000 })).timing.computeMs
      // How fast this machine is now is found out first; it may be another speed the next moment.
      let size = 1_000
      let ms = await take(size)
      while (ms < inferenceMs) {
        size = Math.ceil(size * Math.min(3, 1.1 * Math.cbrt(inferenceMs / ms)))
        ms = await take(size)
      }
    },
    sign: 'nothing',
    rung: 'none',
    sibling: 'untouched',
    ends: ['answered'],
  },
  {
    name: 'a lane that hangs at work',
    prepare: async stage => {
      const lane = await stage.lane('a')
      await lane.load(manifest('hang'))
      return lane
    },
    fault: async (_stage, lane) => {
      const late = lane.run('hang', cube(6_000), { deadlineMs: hangMs })
      await late.catch(() => undefined)
    },
    // The run that hangs has a name of its own: nothing is known of how long it takes. The others wait behind it; those
    // before it are short, or its deadline would pass before it begins.
    sign: 'work',
    rung: 'lane',
    sibling: 'untouched',
    ends: ['LaneHung'],
    size: 64,
  },
  {
    name: 'a lane that hangs while it is idle',
    fault: stage => stage.pull('a', 'lane', 'hang'),
    idle: true,
    sign: 'silence',
    rung: 'lane',
    sibling: 'untouched',
    ends: [],
  },
  {
    name: 'a lane that throws',
    fault: stage => stage.pull('a', 'lane', 'throw'),
    sign: 'said',
    toldLike: 'throw',
    rung: 'lane',
    sibling: 'untouched',
    ends: ['LaneLost'],
  },
  {
    name: 'a lane that throws while its main thread is busy',
    skip: { firefox: 'there the sockets of a page’s workers pass its main thread' },
    // Word that passed the main thread could never come before that is free: once before it is enough, on a machine where
    // the worker may get no time for so long.
    fault: async (stage, first) => {
      let startedAt: number | undefined
      for (let tries = 0; tries < 4; tries++) {
        const { at, isPast } = await throwWhileBusy(stage, tries === 0 ? first : (await stage.whole()).a)
        startedAt ??= at
        if (isPast) return startedAt
      }
      throw new Error('it was noticed only when the main thread had time for it, four times of four')
    },
    idle: true,
    sign: 'said',
    rung: 'lane',
    sibling: 'untouched',
    ends: [],
  },
  {
    name: 'a WebGPU device that is lost under a run',
    backend: 'webgpu',
    prepare: gpuLane,
    toldLike: 'lose',
    fault: stage => stage.pull('a', 'lane', 'loseDevice'),
    sign: 'said',
    rung: 'lane',
    sibling: 'untouched',
    ends: ['LaneLost', 'RemoteFailed'],
    size: 64,
    because:
      'Firefox fails the run and may not tell of the loss: its lane looks at the device after a run that failed',
  },
  {
    name: 'a WebGPU device that is lost while its lane is idle',
    backend: 'webgpu',
    prepare: gpuLane,
    toldLike: 'lose',
    fault: stage => stage.pull('a', 'lane', 'loseDevice'),
    sign: 'said',
    rung: 'lane',
    sibling: 'untouched',
    ends: [],
    idle: true,
  },
  {
    name: 'a model that says it is larger than any memory',
    fault: async (_stage, lane) => {
      await refusedForMemory(lane.load(manifest('huge')))
    },
    sign: 'nothing',
    rung: 'none',
    sibling: 'untouched',
    ends: ['answered'],
  },
  {
    name: 'a WASM heap that is full of models',
    // Three loads of 1.4 GiB, and a browser of 4.6 GB.
    takes: 'long',
    // The last row of a's lanes, since a heap never shrinks: what comes next ends the page.
    fault: async (_stage, lane) => {
      await lane.load(largeManifest(1))
      await lane.load(largeManifest(2))
      await refusedForMemory(lane.load(largeManifest(3)))
    },
    sign: 'nothing',
    rung: 'none',
    sibling: 'untouched',
    ends: ['answered'],
    size: 64,
    because:
      'the engine throws std::bad_alloc and is sound afterwards: its lane answers for what it held before',
  },
]

export const deaths: readonly Death[] = [
  ...linkDeaths,
  ...laneDeaths,
  ...pageDeaths,
  ...stops,
  ...processDeaths,
]
