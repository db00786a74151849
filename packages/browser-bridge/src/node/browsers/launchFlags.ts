// What a launched browser is started with: flags for Chromium and its kin (Firefox: firefoxPrefs.ts), and what a
// caller may choose. Never a token or an address of the page: arguments are there for every user of the machine to
// read.

export interface LaunchOptions {
  /** Without a window (default true). A headless shell cannot be shown. */
  readonly headless?: boolean
  /** Where its temporary profile is made (default: a folder of this user under the system's temporary folder). */
  readonly profilesDir?: string
}

/** WebGPU and WebNN on, and no other machine than this one within reach. */
export const chromiumFlags: readonly string[] = [
  // Chromium heeds only the last --enable-features, so the driver's own is said again.
  '--enable-features=CDPScreenshotNewSurface,WebMachineLearningNeuralNetwork',
  '--enable-unsafe-webgpu',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1 , EXCLUDE [::1]',
]

/** Whether Chromium's sandbox is asked for: always, but for root on Linux, where it cannot work. */
export const sandboxed = (platform: NodeJS.Platform, uid: number | undefined): boolean =>
  !(platform === 'linux' && uid === 0)
