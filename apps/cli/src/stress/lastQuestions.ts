// Requests that are asked when a load is over, until every living lane has answered one: a lane answers in order, so the
// number of that answer says how many its worker has made in all. It counts nothing: pageCounts.ts does.

import type { Placement, ResourcePool } from '@shoal/pool'
import { type LoadedModel, requestTo } from '../proof/ask.ts'
import { rest } from '../rest.ts'

export interface LastAnswers {
  readonly answers: readonly Placement[]
  readonly failed: number
  /** Living lanes that answered none: the pool gave them nothing. */
  readonly silent: number
}

/** Of a pool, which lanes live and what they hold. */
export interface LanesOf {
  metrics(): {
    readonly models: readonly Pick<ReturnType<ResourcePool['metrics']>['models'][number], 'id' | 'name'>[]
    readonly lanes: readonly Pick<ReturnType<ResourcePool['metrics']>['lanes'][number], 'lane' | 'models'>[]
  }
}

export interface LastQuestionsOptions {
  readonly deadlineMs: number
  /** After that, lanes that have not answered are silent. */
  readonly patienceMs: number
  readonly signal: AbortSignal
}

/** At a time for each lane, so that those which are slower are given some, too. */
const perLane = 3
/** After a round in which one failed. */
const pauseMs = 50

export async function lastQuestions(
  pool: LanesOf,
  models: readonly LoadedModel[],
  { deadlineMs, patienceMs, signal }: LastQuestionsOptions,
): Promise<LastAnswers> {
  const until = performance.now() + patienceMs
  const answers: Placement[] = []
  let failed = 0
  const unheard = () => {
    const heard = new Set(answers.map(({ lane }) => lane))
    return lanesOf(pool, models).filter(lane => !heard.has(lane))
  }
  for (let next = 0; unheard().length > 0 && performance.now() < until && !signal.aborted; ) {
    const round = Array.from({ length: perLane * lanesOf(pool, models).length }, () =>
      requestTo(models, next++, { deadlineMs, signal }).ask(),
    )
    const before = failed
    for (const end of await Promise.allSettled(round)) {
      if (end.status === 'fulfilled') answers.push(end.value.placement)
      else failed++
    }
    if (failed > before) await rest(pauseMs, signal)
  }
  return { answers, failed, silent: unheard().length }
}

/** Living lanes that hold a model of the load. */
function lanesOf(pool: LanesOf, models: readonly LoadedModel[]): readonly string[] {
  const metrics = pool.metrics()
  const own = metrics.models.filter(({ name }) => models.some(({ proof }) => proof.folder === name))
  const holds = (held: readonly string[]) => own.some(({ id }) => held.includes(id))
  return metrics.lanes.filter(({ models: held }) => holds(held)).map(({ lane }) => lane)
}
