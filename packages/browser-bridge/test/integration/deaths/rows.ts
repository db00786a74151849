// The table of deaths: every way in which a browser, a page, a link or a lane is known to fail, one row each. What is
// done here is done to page a; page b of the same browser looks on.
import type { Backend } from '../../../src/index.ts'
import { until } from '../../rig/Rig.ts'
import { cube, manifest } from './cube.ts'
import { largeManifest } from './cubeLarge.ts'
import type { Death } from './Death.ts'
import { ended, processesOf, rendererOf, withArgument } from './processes.ts'
import { type Stage, silentMs } from './Stage.ts'

const signal = (pids: readonly number[], name: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // It has ended since it was found.
    }
  }
}
const pidsOf = (processes: readonly { readonly pid: number }[]) => processes.map(({ pid }) => pid)
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

const firefoxEnds =
  'the driver has Firefox end itself when one of its content processes crashes (MOZ_CRASHREPORTER_SHUTDOWN)'

type Prepare = NonNullable<Death['prepare']>

/** Found before the fault, so that the fault itself is an instant. */
let victims: readonly number[] = []
const findRenderer: Prepare = async stage => {
  victims = [await rendererOf(stage, 'a')]
  return stage.lane('a')
}
const find =
  (which: (stage: Stage) => Promise<readonly { readonly pid: number }[]>, backend: Backend): Prepare =>
  async stage => {
    const lane = await stage.lane('a', backend)
    victims = pidsOf(await until(() => which(stage).then(found => (found.length > 0 ? found : undefined))))
    return lane
  }
const gpuProcess = (stage: Stage) => withArgument(stage, '--type=gpu-process')
const gpuLane: Prepare = stage => stage.lane('a', 'webgpu')
/** Noticed from when they have ended, which for a large process is a while after the signal. */
const kill: Death['fault'] = async () => {
  signal(victims, 'SIGKILL')
  return await ended(victims)
}

const processDeaths: readonly Death[] = [
  {
    name: 'SIGKILL of the browser',
    prepare: async stage => {
      victims = [stage.browser.pid ?? 0]
      return stage.lane('a')
    },
    fault: kill,
    sign: 'close',
    rung: 'browser',
    sibling: 'shares it',
    ends: ['ConnectionLost'],
  },
  {
    name: 'SIGKILL of the renderer',
    prepare: findRenderer,
    fault: kill,
    sign: 'close',
    rung: { chromium: 'page', firefox: 'browser' },
    sibling: { chromium: 'untouched', firefox: 'shares it' },
    ends: ['ConnectionLost'],
    because: firefoxEnds,
  },
  {
    name: 'heap exhaustion',
    fault: async stage => {
      // At a blow where the browser lets us: a main thread that fills its heap slowly, on a machine that has other work,
      // would be found to hang first. With pauses it would starve everything else of its page, the driver's calls too.
      const filling = stage.page('a').evaluate(() => {
        const kept: unknown[] = []
        const atOnce = navigator.userAgent.includes('Chrome/')
        // Small objects, since Firefox counts no others, and an end to it, should neither browser set one.
        while (kept.length < 300) {
          const some: object[] = []
          if (atOnce) kept.push(new Array<number>(8_000_000).fill(0.5))
          for (let at = 0; at < 50_000; at++) some.push({ at })
          kept.push(some)
        }
      })
      const alive = new AbortController()
      const settled = () => setTimeout(() => alive.abort(), 1_000)
      filling.then(settled, settled)
      // A script that is ended by force may leave its promise as it is.
      return await ended(victims, AbortSignal.any([alive.signal, AbortSignal.timeout(30_000)]))
    },
    prepare: findRenderer,
    sign: { chromium: 'close', firefox: 'nothing' },
    rung: { chromium: 'page', firefox: 'none' },
    sibling: 'untouched',
    ends: { chromium: ['ConnectionLost'], firefox: ['answered', 'ConnectionLost'] },
    // A second time in the same page of a Firefox has it starve, and another takes its place.
    orRung: { firefox: 'page' },
    wearsOut: true,
    because: 'Firefox ends the script that wants too much, and neither the page nor its workers',
  },
  {
    name: 'SIGKILL of the GPU process, seen from a lane on WebGPU',
    skip: { firefox: 'a Firefox without a window has no GPU process: its parent process draws' },
    prepare: find(gpuProcess, 'webgpu'),
    fault: kill,
    wearsOut: true,
    sign: 'close',
    rung: 'lane',
    sibling: 'untouched',
    ends: ['LaneLost', 'RemoteFailed'],
    size: 64,
  },
  {
    name: 'SIGKILL of the GPU process, seen from a lane on WASM',
    skip: { firefox: 'a Firefox without a window has no GPU process: its parent process draws' },
    prepare: find(gpuProcess, 'wasm'),
    fault: kill,
    wearsOut: true,
    sign: 'nothing',
    rung: 'none',
    sibling: 'untouched',
    ends: ['answered'],
  },
  {
    name: 'SIGKILL of the network service',
    skip: { firefox: 'its sockets are its parent process’s: the one process whose end is the browser’s' },
    prepare: find(stage => withArgument(stage, '--utility-sub-type=network.mojom'), 'wasm'),
    fault: kill,
    sign: 'close',
    rung: 'reconnect',
    sibling: 'shares it',
    ends: ['ConnectionLost'],
  },
  {
    name: 'SIGKILL of the socket process',
    skip: { chromium: 'that is Firefox’s; Chromium’s sockets are its network service’s' },
    // It has one only while it has use for it, and starts none in the place of one that died.
    prepare: async stage => {
      victims = pidsOf((await processesOf(stage)).filter(({ command }) => command.at(-1) === 'socket'))
      return stage.lane('a')
    },
    wearsOut: true,
    fault: kill,
    sign: 'nothing',
    rung: 'none',
    sibling: 'untouched',
    ends: ['answered'],
  },
]

const stops: readonly Death[] = [
  {
    name: 'SIGSTOP of the browser for less than its limit, then SIGCONT',
    prepare: find(processesOf, 'wasm'),
    fault: async () => {
      signal(victims, 'SIGSTOP')
      await sleep(silentMs / 3)
      signal(victims, 'SIGCONT')
    },
    sign: 'nothing',
    rung: 'none',
    sibling: 'untouched',
    ends: ['answered'],
  },
  {
    name: 'SIGSTOP of the browser until it is found silent, then SIGCONT',
    prepare: find(processesOf, 'wasm'),
    fault: async stage => {
      const before = stage.live('a')
      signal(victims, 'SIGSTOP')
      await until(() => stage.live('a') !== before)
      signal(victims, 'SIGCONT')
    },
    sign: 'unanswered',
    rung: 'reconnect',
    sibling: 'shares it',
    ends: ['ConnectionLost'],
  },
  {
    name: 'SIGSTOP of the renderer until it is found silent, then SIGCONT',
    prepare: findRenderer,
    fault: async stage => {
      const before = stage.live('a')
      signal(victims, 'SIGSTOP')
      await until(() => stage.live('a') !== before)
      signal(victims, 'SIGCONT')
    },
    sign: 'silence',
    rung: 'reload',
    sibling: 'untouched',
    ends: ['ConnectionLost'],
  },
]

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
    sign: 'silence',
    rung: 'reconnect',
    sibling: 'untouched',
    ends: ['ConnectionLost'],
  },
  {
    name: 'a link worker that hangs',
    fault: stage => stage.pull('a', 'link', 'hang'),
    sign: 'silence',
    rung: 'reload',
    sibling: 'untouched',
    ends: ['ConnectionLost'],
  },
]

const long = process.env['CI'] !== undefined || process.env['SHOAL_LONG'] === '1'
/** Two silences and a half always; half a minute where there is time for it. */
const inferenceMs = long ? 30_000 : 2.5 * silentMs

/** A row of a minute and of gigabytes is asked for by name. */
const isPatient = process.env['SHOAL_LONG'] === '1'

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

const laneDeaths: readonly Death[] = [
  {
    name: `an inference of ${inferenceMs / 1000} s on WASM${long ? '' : ' (30 s with SHOAL_LONG=1)'}`,
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
    sign: 'close',
    rung: 'lane',
    sibling: 'untouched',
    ends: ['LaneLost'],
  },
  {
    name: 'a WebGPU device that is lost under a run',
    prepare: gpuLane,
    fault: stage => stage.pull('a', 'lane', 'loseDevice'),
    sign: 'close',
    rung: 'lane',
    sibling: 'untouched',
    ends: ['LaneLost', 'RemoteFailed'],
    size: 64,
    because:
      'Firefox fails the run and may not tell of the loss: its lane looks at the device after a run that failed',
  },
  {
    name: 'a WebGPU device that is lost while its lane is idle',
    prepare: gpuLane,
    fault: stage => stage.pull('a', 'lane', 'loseDevice'),
    sign: 'close',
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
    skip: isPatient ? {} : { chromium: 'set SHOAL_LONG=1', firefox: 'set SHOAL_LONG=1' },
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
