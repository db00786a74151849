// The rows of the table of deaths that are a process's: ended, stopped and let go on, or out of heap.
import type { Backend } from '../../../src/index.ts'
import { until } from '../../rig/Rig.ts'
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

const findRenderer: Prepare = async stage => {
  stage.victims = [await rendererOf(stage, 'a')]
  return stage.lane('a')
}
const find =
  (which: (stage: Stage) => Promise<readonly { readonly pid: number }[]>, backend: Backend): Prepare =>
  async stage => {
    const lane = await stage.lane('a', backend)
    stage.victims = pidsOf(
      await until(() => which(stage).then(found => (found.length > 0 ? found : undefined))),
    )
    return lane
  }
const gpuProcess = (stage: Stage) => withArgument(stage, '--type=gpu-process')
/** Noticed from when they have ended, which for a large process is a while after the signal. */
const kill: Death['fault'] = async ({ victims }) => {
  signal(victims, 'SIGKILL')
  return await ended(victims)
}

export const processDeaths: readonly Death[] = [
  {
    name: 'SIGKILL of the browser',
    prepare: async stage => {
      stage.victims = [stage.browser.pid ?? 0]
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
    name: 'SIGKILL of the GPU process, seen from a lane on WebGPU',
    skip: { firefox: 'a Firefox without a window has no GPU process: its parent process draws' },
    backend: 'webgpu',
    prepare: find(gpuProcess, 'webgpu'),
    fault: kill,
    wearsOut: true,
    sign: 'said',
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
      stage.victims = pidsOf((await processesOf(stage)).filter(({ command }) => command.at(-1) === 'socket'))
      return stage.lane('a')
    },
    wearsOut: true,
    fault: kill,
    sign: 'nothing',
    rung: 'none',
    sibling: 'untouched',
    ends: ['answered'],
  },
  {
    name: 'heap exhaustion',
    takes: 'patient',
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
      return await ended(stage.victims, AbortSignal.any([alive.signal, AbortSignal.timeout(30_000)]))
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
]

export const stops: readonly Death[] = [
  {
    name: 'SIGSTOP of the browser for less than its limit, then SIGCONT',
    prepare: find(processesOf, 'wasm'),
    fault: async ({ victims }) => {
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
      signal(stage.victims, 'SIGSTOP')
      await until(() => stage.live('a') !== before)
      signal(stage.victims, 'SIGCONT')
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
      signal(stage.victims, 'SIGSTOP')
      await until(() => stage.live('a') !== before)
      signal(stage.victims, 'SIGCONT')
    },
    sign: 'silence',
    rung: 'reload',
    sibling: 'untouched',
    ends: ['ConnectionLost'],
  },
]
