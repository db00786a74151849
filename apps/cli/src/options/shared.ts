// The options that several commands have, each said in one place.

import { Option } from 'commander'
import { browserKinds, browsers, port } from './values.ts'

const backends = ['webgpu', 'webnn', 'wasm', 'auto'] as const

export function browsersOption(which = 'browsers to use'): Option {
  return new Option(
    '--browsers <kinds>',
    `${which}, by commas: ${browserKinds.join(', ')}, or the address of one that runs, such as http://127.0.0.1:9222 or firefox@ws://host:3000/ (default: every kind found)`,
  ).argParser(browsers)
}

/** @param whose 'the model' */
export function platformOption(whose: string): Option {
  return new Option(
    '--platform <backend>',
    `back-end of ${whose}; auto: as a rule WebGPU on a real GPU, else WebAssembly`,
  )
    .choices(backends)
    .default('auto')
}

export function portOption(what: string): Option {
  return new Option('--port <n>', `${what} (default: any free one)`).argParser(port)
}

export function cacheOption(what = 'models and the page are'): Option {
  return new Option(
    '--cache <folder>',
    `where ${what} kept (default: $SHOAL_CACHE, or the system's folder for caches)`,
  )
}

export function jsonOption(when = ''): Option {
  return new Option('--json', `print one JSON document on standard output${when}`).default(false)
}
