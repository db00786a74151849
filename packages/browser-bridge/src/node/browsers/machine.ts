// What of this machine decides how a browser is started on it: its system, its user, its display, its GPUs. One look,
// through a view of the file system that tests replace; nothing is started for it.
import { access, readdir, readFile } from 'node:fs/promises'

export interface Gpu {
  /** Such as `NVIDIA`, or the vendor's number where it is not a known one. */
  readonly vendor: string
  /** The device file through which it is used, such as `/dev/dri/renderD128`. */
  readonly device: string
}

export interface Machine {
  readonly platform: NodeJS.Platform
  /** Undefined where users have no numbers. */
  readonly uid: number | undefined
  /** Whether a window can be shown. */
  readonly display: boolean
  /** GPUs that this process may use; undefined where the system is not asked (everywhere but on Linux). */
  readonly gpus: readonly Gpu[] | undefined
  /** Files that describe Vulkan drivers, for the loader of the system (Linux). */
  readonly vulkanDrivers: readonly string[]
}

/** As much of a file system as is looked at. Nothing here fails: what is not there is empty. */
export interface FileView {
  list(folder: string): Promise<readonly string[]>
  text(file: string): Promise<string>
  /** Whether this process may open it for reading and writing. */
  usable(file: string): Promise<boolean>
}

const realFiles: FileView = {
  list: folder => readdir(folder).catch(() => []),
  text: file => readFile(file, 'utf8').catch(() => ''),
  usable: file =>
    access(file, 6).then(
      () => true,
      () => false,
    ),
}

const vendors: Readonly<Record<string, string>> = {
  '0x10de': 'NVIDIA',
  '0x1002': 'AMD',
  '0x8086': 'Intel',
  '0x13b5': 'ARM',
  '0x5143': 'Qualcomm',
}

/** Frame buffers of virtual machines and boards: they show a picture and compute nothing. */
const picturesOnly = new Set(['0x1234', '0x1013', '0x1a03', '0x102b', '0x1414', '0x15ad', '0x80ee'])

/** GPUs that Linux gives a device file of their own; in a container those of the host that were passed in. */
const seeGpus = async (files: FileView): Promise<Gpu[]> => {
  const nodes = (await files.list('/dev/dri')).filter(name => /^renderD\d+$/.test(name)).sort()
  const drawn = await Promise.all(
    nodes.map(async (name): Promise<Gpu[]> => {
      const device = `/dev/dri/${name}`
      const id = (await files.text(`/sys/class/drm/${name}/device/vendor`)).trim()
      if (picturesOnly.has(id) || !(await files.usable(device))) return []
      return [{ vendor: vendors[id] ?? (id || 'unknown vendor'), device }]
    }),
  )
  const found = drawn.flat()
  // A container often gets NVIDIA's own device files and no render node.
  if (found.some(gpu => gpu.vendor === 'NVIDIA')) return found
  const nvidia = (await files.list('/dev')).filter(name => /^nvidia\d+$/.test(name)).sort()
  const usable = await Promise.all(nvidia.map(name => files.usable(`/dev/${name}`)))
  const own = nvidia.filter((_, at) => usable[at]).map(name => ({ vendor: 'NVIDIA', device: `/dev/${name}` }))
  return [...found, ...own]
}

const driverFolders = ['/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/usr/share/vulkan/icd.d']

const seeVulkan = async (files: FileView): Promise<string[]> => {
  const found = await Promise.all(
    driverFolders.map(async folder => (await files.list(folder)).map(name => `${folder}/${name}`)),
  )
  return found.flat().filter(file => file.endsWith('.json'))
}

/** Drivers that draw with the CPU: Mesa's lavapipe and SwiftShader. */
export const isSoftwareDriver = (file: string): boolean => /(^|\/)(lvp|vk_swiftshader)[^/]*$/.test(file)

export interface Surroundings {
  readonly platform: NodeJS.Platform
  readonly uid: number | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly files: FileView
}

/** Looks at the machine, this one unless others are given. */
export const seeMachine = async (around: Partial<Surroundings> = {}): Promise<Machine> => {
  const {
    platform = process.platform,
    uid = process.getuid?.(),
    env = process.env,
    files = realFiles,
  } = around
  if (platform !== 'linux') return { platform, uid, display: true, gpus: undefined, vulkanDrivers: [] }
  const [gpus, vulkanDrivers] = await Promise.all([seeGpus(files), seeVulkan(files)])
  const display = Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
  return { platform, uid, display, gpus, vulkanDrivers }
}
