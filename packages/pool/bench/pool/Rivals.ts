// Two libraries that are only ever measured beside the pool, at the versions that were measured: installed by npm into a
// folder of their own when the bench first asks for them. No dependencies, because a hundred and fifty packages for one row
// are not what everybody who clones this should install.
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, BrowserType, Page } from 'playwright-core'

const versions = {
  '@crawlee/browser-pool': '3.18.1',
  'puppeteer-cluster': '0.25.0',
  // The driver of puppeteer-cluster, without the browser that its usual package downloads.
  puppeteer: 'npm:puppeteer-core@25.16.0',
} as const

/** As much of both as the bench uses. */
export interface Rivals {
  readonly Cluster: {
    readonly CONCURRENCY_PAGE: number
    launch(options: {
      readonly concurrency: number
      readonly maxConcurrency: number
      readonly puppeteer: unknown
      readonly puppeteerOptions: object
    }): Promise<JobCluster>
  }
  readonly puppeteer: unknown
  readonly BrowserPool: new (options: {
    readonly browserPlugins: readonly object[]
    readonly useFingerprints: boolean
    readonly maxOpenPagesPerBrowser: number
  }) => PagePool
  readonly PlaywrightPlugin: new (
    library: BrowserType<Browser>,
    options: { readonly launchOptions: object },
  ) => object
}

export interface JobCluster {
  task<T, R>(run: (job: { readonly page: ClusterPage; readonly data: T }) => Promise<R>): Promise<void>
  execute<T, R>(data: T): Promise<R>
  close(): Promise<void>
}

/** Puppeteer's page. */
export type ClusterPage = Pick<Page, 'goto' | 'evaluate'>

export interface PagePool {
  newPage(): Promise<Page>
  destroy(): Promise<void>
}

/** Rejects where npm cannot have them, saying why. */
export async function rivals(): Promise<Rivals> {
  const folder = fileURLToPath(new URL('../../../../.cache/rivals/', import.meta.url))
  await mkdir(folder, { recursive: true })
  await writeFile(`${folder}package.json`, JSON.stringify({ private: true, dependencies: versions }))
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock']
  await promisify(execFile)('npm', ['install', ...flags], { cwd: folder }).catch((cause: Error) => {
    throw new Error(
      `The libraries that are measured beside the pool could not be installed into ${folder}: ${cause.message}\nLeave their part out with --only.`,
      { cause },
    )
  })
  const load = createRequire(`${folder}package.json`)
  const { default: puppeteer, ...named } = load('puppeteer')
  return { ...load('puppeteer-cluster'), ...load('@crawlee/browser-pool'), puppeteer: puppeteer ?? named }
}
