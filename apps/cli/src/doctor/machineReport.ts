// What `shoal doctor` says of the machine itself, and what to do about it.

import { readFile, statfs } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { type Gpu, type Machine, sandboxed, seeMachine } from '@shoal/browser-bridge'

export interface MachineReport {
  readonly system: string
  readonly node: string
  readonly cores: number
  /** What this process may have: the limit of its control group, where that is lower. */
  readonly memoryBytes: number
  readonly display: boolean
  /** Undefined where the system is not asked. */
  readonly gpus: readonly Gpu[] | undefined
  readonly vulkanDrivers: readonly string[]
  readonly chromiumSandbox: 'on' | 'off'
  readonly advice: readonly string[]
}

export async function examineMachine(): Promise<MachineReport> {
  const [machine, memoryBytes, sharedBytes] = await Promise.all([seeMachine(), memoryLimit(), sharedMemory()])
  return {
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    cores: availableParallelism(),
    memoryBytes,
    display: machine.display,
    gpus: machine.gpus,
    vulkanDrivers: machine.vulkanDrivers,
    chromiumSandbox: sandboxed(machine) ? 'on' : 'off',
    advice: machineAdvice(machine, sharedBytes),
  }
}

/** Pure. @param sharedBytes size of /dev/shm, where there is one */
export function machineAdvice(machine: Machine, sharedBytes: number | undefined): string[] {
  const { gpus, vulkanDrivers, platform } = machine
  const advice: string[] = []
  if (!sandboxed(machine))
    advice.push(
      'Chromium runs without its sandbox, because it cannot have one as root; run as another user to have it',
    )
  if (gpus?.length === 0)
    advice.push('no GPU is shown to this process, so WebGPU is drawn by the CPU: right, but slower than WASM')
  if (platform === 'linux' && vulkanDrivers.length === 0)
    advice.push(
      'no Vulkan driver is installed, without which Firefox has no WebGPU; install mesa-vulkan-drivers',
    )
  if (!machine.display) advice.push('there is no display, so browsers run headless; xvfb-run gives one')
  if (sharedBytes !== undefined && sharedBytes < 256 * 2 ** 20)
    advice.push(
      `/dev/shm holds ${Math.round(sharedBytes / 2 ** 20)} MiB, which large tensors in Chromium can fill; give the container more (docker --shm-size=1g)`,
    )
  return advice
}

async function memoryLimit(): Promise<number> {
  const text = await readFile('/sys/fs/cgroup/memory.max', 'utf8').catch(() => '')
  const limit = Number(text.trim())
  return Number.isFinite(limit) && limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

async function sharedMemory(): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined
  const found = await statfs('/dev/shm').catch(() => undefined)
  return found && found.blocks * found.bsize
}
