// The flags that Chromium and its kin are started with. Pure: options and machine in, flags out. Never a token or an
// address of the page: arguments are there for every user of the machine to read.
import type { LaunchOptions } from './LaunchOptions.ts'
import type { Machine } from './machine.ts'

/** No other machine than this one within reach. */
const loopbackOnly =
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1 , EXCLUDE [::1]'

interface Chosen {
  readonly flags: readonly string[]
  readonly features: readonly string[]
}

/** A GPU on Linux is reached through Vulkan only where it is asked for. */
const vulkan: Chosen = {
  flags: ['--use-angle=vulkan', '--disable-vulkan-surface', '--ignore-gpu-blocklist'],
  features: ['Vulkan'],
}
const nothing: Chosen = { flags: [], features: [] }

/**
 * Flags for WebGPU's adapter. On Linux the Vulkan flags are given only where there is a GPU: without one they make
 * the GPU process wait for ever (seen with Chromium 156 on Mesa's lavapipe).
 */
export const adapterFlags = (options: LaunchOptions, { platform, gpus }: Machine): Chosen => {
  if (options.webgpu === false) return nothing
  const on = ['--enable-unsafe-webgpu']
  const power =
    options.powerPreference === undefined
      ? []
      : [`--use-webgpu-power-preference=force-${options.powerPreference}`]
  if (options.adapter === 'software')
    return { flags: [...on, '--use-webgpu-adapter=swiftshader'], features: [] }
  const strict = options.adapter === 'hardware' ? ['--disable-software-rasterizer'] : []
  const gpu = platform === 'linux' && gpus !== undefined && gpus.length > 0 ? vulkan : nothing
  return { flags: [...on, ...gpu.flags, ...power, ...strict], features: gpu.features }
}

const features = '--enable-features='

/** All flags of a launch. Chromium heeds only the last `--enable-features`, so there is only one. */
export const chromiumFlags = (options: LaunchOptions, machine: Machine): string[] => {
  const adapter = adapterFlags(options, machine)
  const args = options.args ?? []
  const enabled = [
    // The driver's own, said again because ours comes after it.
    'CDPScreenshotNewSurface',
    ...(options.webnn === false ? [] : ['WebMachineLearningNeuralNetwork']),
    ...adapter.features,
    ...args.filter(flag => flag.startsWith(features)).flatMap(flag => flag.slice(features.length).split(',')),
  ]
  return [
    `${features}${[...new Set(enabled)].join(',')}`,
    ...adapter.flags,
    loopbackOnly,
    ...args.filter(flag => !flag.startsWith(features)),
  ]
}

/** Whether Chromium's sandbox is asked for: always, but for root on Linux, where it cannot work. */
export const sandboxed = ({ platform, uid }: Pick<Machine, 'platform' | 'uid'>): boolean =>
  !(platform === 'linux' && uid === 0)
