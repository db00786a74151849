// The ways to launch a browser here, for suites that look at what is left of one: each kind, and Firefox without a driver.
import type { FoundBrowser } from '../../../src/index.ts'
import type { LaunchOptions } from '../../../src/node/browsers/LaunchOptions.ts'
import { kinds } from '../../rig/openPage.ts'

export interface LaunchWay {
  readonly title: string
  readonly found: FoundBrowser | undefined
  readonly options: LaunchOptions
}

export const launchWays: readonly LaunchWay[] = kinds.flatMap(({ kind, title, found }): LaunchWay[] => {
  const driven = { title, found, options: {} }
  return kind === 'firefox'
    ? [driven, { title: `${title} without a driver`, found, options: { driver: 'plain' } }]
    : [driven]
})
