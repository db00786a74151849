// What `shoal doctor` says of the machine itself, and what to do about it.

import { statfs } from 'node:fs/promises'
import { type Gpu, type Machine, sandboxed, seeMachine } from '@shoal/browser-bridge'
import { type CpuReading, type MemoryReading, readCpu, readMemory } from '@shoal/pool'

export interface MachineReport {
  readonly system: string
  readonly node: string
  /** What this process may use, as a pool reads it: no whole number where a container may use a part of one. */
  readonly cores: number
  readonly coresAre: CpuReading['source']
  readonly memoryBytes: number
  readonly memoryIs: MemoryReading['source']
  readonly display: boolean
  /** Undefined where the system is not asked. */
  readonly gpus: readonly Gpu[] | undefined
  readonly vulkanDrivers: readonly string[]
  readonly chromiumSandbox: 'on' | 'off'
  readonly advice: readonly string[]
}

export async function examineMachine(): Promise<MachineReport> {
  const [machine, cpu, memory, sharedBytes] = await Promise.all([
    seeMachine(),
    readCpu(performance.now()),
    readMemory(),
    sharedMemory(),
  ])
  return {
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    cores: cpu.cores,
    coresAre: cpu.source,
    memoryBytes: memory.limitBytes,
    memoryIs: memory.source,
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

async function sharedMemory(): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined
  const found = await statfs('/dev/shm').catch(() => undefined)
  return found && found.blocks * found.bsize
}
