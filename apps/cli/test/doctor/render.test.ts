import { describe, expect, it } from 'vitest'
import { examineMachine, type MachineReport } from '../../src/doctor/machineReport.ts'
import { render } from '../../src/doctor/render.ts'

const machine: MachineReport = {
  system: 'linux x64',
  node: 'v24',
  cores: 8,
  coresAre: 'system',
  memoryBytes: 16 * 2 ** 30,
  memoryIs: 'system',
  display: false,
  gpus: [],
  vulkanDrivers: [],
  chromiumSandbox: 'on',
  advice: [],
}
const firstLine = (more: Partial<MachineReport>) => render({ ...machine, ...more }, []).split('\n')[0]

describe('The machine', () => {
  it('is told as it is', () => {
    expect(firstLine({})).toBe('linux x64, Node v24, 8 cores, 16.0 GiB of memory')
  })

  it('is told as what a container leaves of it, saying so', () => {
    expect(
      firstLine({ cores: 1.5, coresAre: 'cgroup v1', memoryBytes: 2 ** 32, memoryIs: 'cgroup v2' }),
    ).toBe('linux x64, Node v24, 1.5 cores (container, cgroup v1), 4.0 GiB of memory (container, cgroup v2)')
  })

  it('is read as the pool reads it', async () => {
    const { cores, memoryBytes, memoryIs, coresAre } = await examineMachine()
    expect(cores).toBeGreaterThan(0)
    expect(memoryBytes).toBeGreaterThan(2 ** 20)
    for (const source of [memoryIs, coresAre]) expect(source).toMatch(/^(cgroup v[12]|system)$/)
  })
})
