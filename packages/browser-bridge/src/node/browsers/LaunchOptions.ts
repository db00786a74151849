// What a caller may choose of a launched browser. What becomes of it: chromiumFlags.ts, firefoxPrefs.ts,
// launchEnvironment.ts; what is refused: launchRefusal.ts.

export interface LaunchOptions {
  /** Without a window (default true). `false` needs a display, and a browser that is not a headless shell. */
  readonly headless?: boolean
  /** Further flags for Chromium and its kin. `--enable-features` is joined with what is needed anyway. */
  readonly args?: readonly string[]
  /** Further preferences for Firefox; they win over those that are set anyway. */
  readonly firefoxPrefs?: Readonly<Record<string, string | number | boolean>>
  /** WebGPU switched on (default true). */
  readonly webgpu?: boolean
  /** WebNN switched on where a flag does it: in Chromium and its kin (default true). */
  readonly webnn?: boolean
  /**
   * Which adapter WebGPU is given. `auto` (default): a GPU where the machine shows one, else the CPU. `hardware`: a GPU
   * or no WebGPU at all. `software`: the CPU, which is right and slow.
   */
  readonly adapter?: 'auto' | 'hardware' | 'software'
  /** Which of several GPUs (Chromium and its kin). Refused where the machine shows fewer than two. */
  readonly powerPreference?: 'low-power' | 'high-performance'
  /**
   * What holds it. `auto` (default): Playwright, and for Firefox a plain process where Playwright does not understand
   * this version. `plain`: a process for each page, with nothing that drives it (Firefox, WebKitGTK).
   */
  readonly driver?: 'auto' | 'playwright' | 'plain'
  /** Where its temporary profile is made (default: a folder of this user under the system's temporary folder). */
  readonly profilesDir?: string
}
