// What is seen of a machine, in file systems that only a table stands for.
import { describe, expect, it } from 'vitest'
import { type FileView, isSoftwareDriver, seeMachine } from '../../../src/node/browsers/machine.ts'

/** Files by path with their text; those whose text is `locked` may not be opened. */
const tree = (files: Readonly<Record<string, string>>): FileView => ({
  list: async folder =>
    Object.keys(files).flatMap(file => {
      const rest = file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : ''
      return rest === '' || rest.includes('/') ? [] : [rest]
    }),
  text: async file => files[file] ?? '',
  usable: async file => file in files && files[file] !== 'locked',
})

const gpusOf = async (files: Readonly<Record<string, string>>) =>
  (await seeMachine({ platform: 'linux', env: {}, files: tree(files) })).gpus

describe('The GPUs of a Linux machine', () => {
  it('are those with a render node, named by their vendor', async () => {
    expect(
      await gpusOf({
        '/dev/dri/card0': '',
        '/dev/dri/renderD128': '',
        '/sys/class/drm/renderD128/device/vendor': '0x8086\n',
        '/dev/dri/renderD129': '',
        '/sys/class/drm/renderD129/device/vendor': '0xabcd\n',
      }),
    ).toEqual([
      { vendor: 'Intel', device: '/dev/dri/renderD128' },
      { vendor: '0xabcd', device: '/dev/dri/renderD129' },
    ])
  })

  it('do not count where they may not be opened, or only show a picture', async () => {
    expect(
      await gpusOf({
        '/dev/dri/renderD128': 'locked',
        '/sys/class/drm/renderD128/device/vendor': '0x1002',
        '/dev/dri/renderD129': '',
        '/sys/class/drm/renderD129/device/vendor': '0x1234',
      }),
    ).toEqual([])
  })

  it('may be NVIDIA’s own device files alone, as in a container', async () => {
    expect(await gpusOf({ '/dev/nvidia0': '', '/dev/nvidiactl': '' })).toEqual([
      { vendor: 'NVIDIA', device: '/dev/nvidia0' },
    ])
    const both = {
      '/dev/nvidia0': '',
      '/dev/dri/renderD128': '',
      '/sys/class/drm/renderD128/device/vendor': '0x10de',
    }
    expect(await gpusOf(both)).toHaveLength(1)
  })
})

describe('A machine', () => {
  it('has a display where X or Wayland names one, and always where it is no Linux', async () => {
    const at = (env: Record<string, string>) => seeMachine({ platform: 'linux', env, files: tree({}) })
    expect((await at({})).display).toBe(false)
    expect((await at({ DISPLAY: ':1' })).display).toBe(true)
    expect((await at({ WAYLAND_DISPLAY: 'wayland-0' })).display).toBe(true)
    expect(await seeMachine({ platform: 'darwin', uid: 501 })).toMatchObject({
      display: true,
      gpus: undefined,
    })
  })

  it('names its Vulkan drivers, and which of them draw with the CPU', async () => {
    const files = tree({
      '/etc/vulkan/icd.d/nvidia_icd.json': '',
      '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json': '',
    })
    const { vulkanDrivers } = await seeMachine({ platform: 'linux', env: {}, files })
    expect(vulkanDrivers.map(isSoftwareDriver)).toEqual([false, true])
  })
})
