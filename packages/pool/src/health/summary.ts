// How the whole pool does, in one word and with reasons: a pure function of its connections. What a monitor asks for.

import type { ConnectionHealth } from './Health.ts'
import { degradedBelow } from './score.ts'

export interface HealthSummary {
  readonly status: 'healthy' | 'degraded' | 'failing'
  readonly reasons: readonly string[]
  readonly connections: readonly ConnectionHealth[]
}

/**
 * @param least connections that should be up
 * @param notStarted why a connection that is wanted could not be started
 */
export function healthSummary(
  connections: readonly ConnectionHealth[],
  least: number,
  notStarted?: string,
): HealthSummary {
  const usable = connections.filter(({ breaker }) => breaker !== 'open')
  const troubles = connections.flatMap(troublesOf)
  const missing = connections.length < least ? [`${connections.length} of ${least} connections are up`] : []
  const wanted =
    notStarted === undefined ? [] : [`a connection that is wanted could not be started: ${notStarted}`]
  const reasons = [...missing, ...wanted, ...troubles]
  if (usable.length === 0) {
    const none = connections.length === 0 ? 'no connection is up' : 'the breaker of every connection is open'
    return { status: 'failing', reasons: [none, ...reasons], connections }
  }
  return { status: reasons.length === 0 ? 'healthy' : 'degraded', reasons, connections }
}

function troublesOf({
  connection,
  score,
  reasons,
  breaker,
  barredModels,
}: ConnectionHealth): readonly string[] {
  return [
    ...(breaker === 'closed'
      ? []
      : [`${connection}: its breaker is ${breaker === 'open' ? 'open' : 'half-open'}`]),
    ...(score < degradedBelow ? [`${connection} scores ${score}: ${reasons.join(', ')}`] : []),
    ...barredModels.map(model => `${connection}: the breaker of ${model} is not closed`),
  ]
}
