// What load is coming: additive Holt–Winters (Holt 1957, Winters 1960; Hyndman & Athanasopoulos, Forecasting:
// Principles and Practice, 3rd ed., 8.2–8.3), with a damped trend (Gardner & McKenzie 1985), over arrivals a second in
// buckets of time. Pure. It keeps count of how wrong it was beside what is believed otherwise (the window's rate), and
// says whether it may be believed itself.

export interface Forecast {
  /** Arrivals a second, less the season. */
  readonly level: number
  /** Change of the level a bucket. */
  readonly trend: number
  /** One for each bucket of a season; empty where no season was given. */
  readonly season: readonly number[]
  /** Buckets seen. */
  readonly seen: number
  /** Forgetting means of the absolute errors, one lead time ahead. */
  readonly error: number
  readonly naiveError: number
  /** Forecasts that are not due yet, oldest first. */
  readonly pending: readonly { readonly due: number; readonly value: number; readonly naive: number }[]
}

const [alpha, beta, gamma, damping] = [0.3, 0.1, 0.3, 0.9]

/** Weight of the newest error. */
const errorWeight = 0.05

export const noForecast: Forecast = {
  level: 0,
  trend: 0,
  season: [],
  seen: 0,
  error: 0,
  naiveError: 0,
  pending: [],
}

/**
 * @param rate arrivals a second in the bucket that has just ended
 * @param naive arrivals a second that would be expected without a forecast
 * @param seasonBuckets buckets in a season; 0 for none
 * @param lead buckets ahead for which it is checked how good the forecast is
 */
export function observeBucket(
  forecast: Forecast,
  rate: number,
  naive: number,
  seasonBuckets: number,
  lead: number,
): Forecast {
  const scored = score(forecast, rate)
  const { seen } = forecast
  const slot = seasonBuckets === 0 ? 0 : seen % seasonBuckets
  const season = seasonBuckets === 0 ? [] : [...forecast.season]
  const first = seen < seasonBuckets || seen === 0
  let { level, trend } = forecast
  const former = level
  if (first) {
    // The first season is only learnt: its shape is what remains beside its mean.
    level = former + (rate - former) / (seen + 1)
    if (seasonBuckets > 0) season[slot] = rate
    if (seen === seasonBuckets - 1) for (const [at, value] of season.entries()) season[at] = value - level
  } else {
    const seasonal = season[slot] ?? 0
    level = alpha * (rate - seasonal) + (1 - alpha) * (former + damping * trend)
    trend = beta * (level - former) + (1 - beta) * damping * trend
    if (seasonBuckets > 0) season[slot] = gamma * (rate - level) + (1 - gamma) * seasonal
  }
  const next: Forecast = { ...scored, level, trend, season, seen: seen + 1 }
  if (!learnt(next, seasonBuckets)) return next
  const due = next.seen + lead - 1
  return {
    ...next,
    pending: [...next.pending, { due, value: rateAhead(next, lead), naive }],
  }
}

/** Arrivals a second, so many buckets after the latest; never negative. */
export function rateAhead(forecast: Forecast, buckets: number): number {
  const { level, trend, season, seen } = forecast
  const seasonal = season.length === 0 ? 0 : (season[(seen - 1 + buckets) % season.length] ?? 0)
  const damped = (damping * (1 - damping ** buckets)) / (1 - damping)
  return Math.max(0, level + trend * damped + seasonal)
}

/** Whether it has lately been clearly less wrong than what would be expected without it. */
export function isBelievable(forecast: Forecast): boolean {
  return forecast.naiveError > 0 && forecast.error < 0.9 * forecast.naiveError
}

function learnt({ seen }: Forecast, seasonBuckets: number): boolean {
  return seen > Math.max(seasonBuckets, 3)
}

function score(forecast: Forecast, rate: number): Forecast {
  const due = forecast.pending[0]
  if (!due || due.due > forecast.seen) return forecast
  const weigh = (before: number, error: number) =>
    before === 0 ? error : before + errorWeight * (error - before)
  return {
    ...forecast,
    pending: forecast.pending.slice(1),
    error: weigh(forecast.error, Math.abs(due.value - rate)),
    naiveError: weigh(forecast.naiveError, Math.abs(due.naive - rate)),
  }
}
