// `shoal run`: one model, one input, one answer, in a browser of this machine or on a device that joins.

import { type BrowserChoice, type ModelDtype, type Platform, ResourcePool, type RunAnswer } from '@shoal/pool'
import { type Inputs, readInput } from '../input/readInput.ts'
import { interruptible } from '../interrupt.ts'
import { showAddress } from '../join/showAddress.ts'
import { watchForNobody } from '../join/watchForNobody.ts'
import { answerJson, answerText } from '../output/answer.ts'
import { Progress } from '../output/Progress.ts'

export interface RunOptions {
  readonly model: string
  readonly task?: string
  readonly input: Inputs
  readonly platform: Platform
  readonly dtype: ModelDtype
  readonly browsers?: readonly BrowserChoice[]
  readonly deadline: number
  readonly port?: number
  /** Where to listen for a device that is to run it. */
  readonly join?: string
  readonly cache?: string
  readonly offline: boolean
  readonly json: boolean
}

export async function run(options: RunOptions): Promise<number> {
  const progress = new Progress()
  const answer = await interruptible(signal => perform(options, progress, signal))
  progress.end()
  process.stdout.write(`${options.json ? JSON.stringify(answerJson(answer), null, 2) : answerText(answer)}\n`)
  return 0
}

async function perform(options: RunOptions, progress: Progress, signal: AbortSignal): Promise<RunAnswer> {
  const input = await readInput(options.input, options.task, line => progress.say(line))
  const port = options.port === undefined ? {} : { port: options.port }
  if (options.join === undefined) progress.show('starting a browser …')
  await using pool = await ResourcePool.start({
    maxConnections: options.join === undefined ? 1 : 0,
    signal,
    ...(options.join === undefined ? port : { join: { host: options.join, ...port } }),
    ...(options.browsers ? { browsers: options.browsers } : {}),
    ...(options.cache === undefined ? {} : { cache: options.cache }),
    ...(options.offline ? { hub: false } : {}),
  })
  const { join } = pool
  if (join !== undefined) showAddress(join, { reusable: false, expiresMs: options.deadline * 1000 }, progress)
  const alone = new AbortController()
  const stopWatching =
    join === undefined ? () => {} : watchForNobody(join, options.deadline, error => alone.abort(error))
  const model = await pool
    .getModel(
      {
        name: options.model,
        trust: join === undefined ? 'own' : 'any',
        platform: options.platform,
        dtype: options.dtype,
        ...(options.task === undefined ? { type: 'graph' } : { task: options.task }),
      },
      {
        signal: AbortSignal.any([signal, alone.signal]),
        onProgress: loading => showLoading(loading, progress),
      },
    )
    .finally(stopWatching)
    .catch(error => {
      throw alone.signal.aborted ? alone.signal.reason : error
    })
  progress.show('running …')
  // Awaited here: the pool closes when this function is left.
  return await model.run(input, { deadlineMs: options.deadline * 1000, signal })
}

type Loading = Parameters<NonNullable<NonNullable<Parameters<ResourcePool['getModel']>[1]>['onProgress']>>[0]

function showLoading(loading: Loading, progress: Progress): void {
  if (loading._tag === 'stage') progress.show(`${loading.stage} …`)
  else if (loading._tag === 'ignored') progress.say(`${loading.option} changes nothing: ${loading.reason}`)
  else {
    const { _tag, file, loaded, total } = loading
    progress.show(`${_tag} ${file} ${megabytes(loaded)}${total ? ` of ${megabytes(total)}` : ''}`)
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
