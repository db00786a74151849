// Fills in what a pool's options leave open, or says what is wrong with them.

import type { InvalidOption, UnsupportedOption } from './errors.ts'
import { given } from './optionShapes.ts'
import type { PoolOptions, ResolvedOptions } from './PoolOptions.ts'
import { poolOptionsFault, poolShapesFault } from './poolOptionsFault.ts'
import { defaultRules } from './scaling/ScalingPolicy.ts'

/** @param cores logical processors of this machine */
export function resolveOptions(
  options: PoolOptions,
  cores: number,
): ResolvedOptions | InvalidOption | UnsupportedOption {
  const misshapen = poolShapesFault(options)
  if (misshapen) return misshapen
  const maxConnections = options.maxConnections ?? Math.max(4, options.minConnections ?? 1)
  const minConnections = options.minConnections ?? Math.min(1, maxConnections)
  const resolved: ResolvedOptions = {
    minConnections,
    maxConnections,
    adaptiveScaling: options.adaptiveScaling ?? true,
    scaling: { ...defaultRules, ...given(options.scaling) },
    browsers: options.browsers,
    browserPreferences: options.browserPreferences ?? {},
    recycle: options.recycle ?? {},
    pagesPerBrowser: options.pagesPerBrowser ?? 4,
    threads: options.threads ?? Math.max(1, Math.floor(cores / Math.max(1, maxConnections))),
    headless: options.headless ?? true,
    maxQueue: options.maxQueue ?? 1000,
    deadlineMs: options.deadlineMs ?? 60_000,
    terminateAfterMs: options.terminateAfterMs ?? 10_000,
    memory: {
      perPage: 4 * 2 ** 30,
      total: Number.POSITIVE_INFINITY,
      ...given(options.memory),
    },
    idleUnloadMs: options.idleUnloadMs,
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    join: options.join === true ? {} : options.join,
    cache: options.cache,
    modelFolders: options.modelFolders ?? [],
    hub: options.hub,
  }
  return poolOptionsFault(resolved) ?? resolved
}
