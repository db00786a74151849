// The import law as data: which package may enter which, and which room of a package may enter which.
// Nothing here reads a file; importLaw.ts applies it.

/** From the top of the house to the bottom. A package may import from lower rows, never from its own or a higher one. */
export const layers: readonly (readonly string[])[] = [
  ['@shoal/cli'],
  ['@shoal/pool'],
  ['@shoal/browser-bridge', '@shoal/model-store', '@shoal/onnx'],
  ['@shoal/core'],
  ['@shoal/tensor'],
]

export interface Room {
  /** Files of the room, relative to the root. */
  readonly within: RegExp
  /** Why, in a few words; ends the message. */
  readonly why: string
  /** Relative imports may only reach these files (the room itself included). Absent: anywhere in the package. */
  readonly reaches?: RegExp
  /** Packages that may be imported, by name ('node:' for all of Node's own). Absent: what package.json declares. */
  readonly packages?: readonly string[]
  /** Whether Node's own modules are forbidden. */
  readonly noNode?: boolean
}

export const rooms: readonly Room[] = [
  {
    within: /^packages\/tensor\/src\//,
    packages: [],
    noNode: true,
    why: 'tensors are plain values that everybody may hold: in Node, in a page, in a reader of files',
  },
  {
    within: /^packages\/core\/src\//,
    packages: ['effect', 'xstate'],
    why: 'core imports effect and xstate alone, and runs in a page too',
  },
  {
    within: /^packages\/browser-bridge\/src\/page\//,
    reaches: /^packages\/browser-bridge\/src\/(page|protocol)\//,
    noNode: true,
    why: 'in browser-bridge: page → protocol ← node, and page runs in a browser',
  },
  {
    within: /^packages\/browser-bridge\/src\/protocol\//,
    reaches: /^packages\/browser-bridge\/src\/protocol\//,
    noNode: true,
    why: 'in browser-bridge: page → protocol ← node, and protocol runs on both sides',
  },
  {
    within: /^packages\/browser-bridge\/src\/machines\//,
    reaches: /^packages\/browser-bridge\/src\/((machines|protocol)\/|errors\.ts$)/,
    packages: ['@shoal/core', 'effect', 'xstate'],
    why: 'machines know the protocol and core only, and do no I/O',
  },
  {
    within: /^packages\/browser-bridge\/src\/node\//,
    reaches: /^packages\/browser-bridge\/src\/((node|machines|protocol)\/|errors\.ts$)/,
    why: 'in browser-bridge: page → protocol ← node; they never meet',
  },
  {
    within: /^packages\/browser-bridge\/src\/(index|errors)\.ts$/,
    reaches: /^packages\/browser-bridge\/src\/((node|machines|protocol)\/|errors\.ts$)/,
    why: 'the door of browser-bridge opens on the Node side; the page is built, not imported',
  },
  {
    within: /^(packages|apps)\/[^/]+\/src\/(.*\/)?[^/]+\.machine\.ts$/,
    noNode: true,
    why: 'a machine does no I/O: its actors are supplied where it is wired',
  },
]

/** Development dependencies that source files may use after all, and why that is right. */
export const bundled: readonly { readonly within: RegExp; readonly why: string }[] = [
  {
    within: /^packages\/browser-bridge\/src\/page\//,
    why: 'the page is bundled at build: nothing of it is resolved at run time',
  },
  {
    within: /^packages\/browser-bridge\/src\/node\/host\/buildPage\.ts$/,
    why: 'builds the page in a clone; a packed package carries it built',
  },
]
