// What a launched browser is started with. Pure: options in, flags and preferences out. Never a token or an address
// of the page: arguments are there for every user of the machine to read.
import { type FirefoxPrefs, loopbackOnlyPrefs, quietPrefs, webgpuPrefs } from './firefoxPrefs.ts'

export interface LaunchOptions {
  /** Without a window (default true). A headless shell cannot be shown. */
  readonly headless?: boolean
  /** Switch WebGPU on where a flag does it (default true). */
  readonly webgpu?: boolean
  /** Switch WebNN on where a flag does it (default true). */
  readonly webnn?: boolean
  /** Further command-line arguments. */
  readonly args?: readonly string[]
  /** Further preferences of Firefox. */
  readonly firefoxPrefs?: FirefoxPrefs
  /** How long the browser may take to start, in milliseconds (default 30,000). */
  readonly timeoutMs?: number
  /** Where its temporary profile is made (default: a folder of this user under the system's temporary folder). */
  readonly profilesDir?: string
  /** Let the browser reach other machines than this one (default false). */
  readonly allowNetwork?: boolean
  /** Chromium's sandbox (default `auto`: on, but for root on Linux, where it cannot work). */
  readonly sandbox?: 'auto' | 'on' | 'off'
  /** What the pages print and throw, for people who look for a fault. */
  readonly onPageMessage?: (message: { readonly level: string; readonly text: string }) => void
}

/** Whether Chromium's sandbox is asked for. */
export const sandboxed = (
  options: LaunchOptions,
  platform: NodeJS.Platform,
  uid: number | undefined,
): boolean => {
  if (options.sandbox === 'on' || options.sandbox === 'off') return options.sandbox === 'on'
  return !(platform === 'linux' && uid === 0)
}

export const chromiumArgs = (options: LaunchOptions): string[] => {
  // Chromium heeds only the last --enable-features, so the driver's own is said again.
  const features = ['CDPScreenshotNewSurface']
  if (options.webnn !== false) features.push('WebMachineLearningNeuralNetwork')
  return [
    `--enable-features=${features.join(',')}`,
    ...(options.webgpu === false ? [] : ['--enable-unsafe-webgpu']),
    ...(options.allowNetwork === true
      ? []
      : ['--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1 , EXCLUDE [::1]']),
    ...(options.args ?? []),
  ]
}

export const firefoxPrefs = (options: LaunchOptions): FirefoxPrefs => ({
  ...quietPrefs,
  ...(options.allowNetwork === true ? {} : loopbackOnlyPrefs),
  ...(options.webgpu === false ? {} : webgpuPrefs),
  ...options.firefoxPrefs,
})
