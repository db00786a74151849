// Performs one death on a stage and says what came of it: when it was noticed, by which step it was mended, how the
// run in flight ended, and what page b saw of it all.
import type { Lane, LaneHung, LaneLost } from '../../../src/index.ts'
import { until } from '../../rig/Rig.ts'
import { cube } from './cube.ts'
import type { Death, End, Kind, Outcome } from './Death.ts'
import { of } from './Death.ts'
import { noticeOf } from './noticeOf.ts'
import { heartbeat, type Stage } from './Stage.ts'

const longDeadlineMs = 120_000
/** By then any of them has been noticed, on any machine. */
const noticeLimitMs = 30_000

/** Small runs one after the other until it is told to stop. */
const keepBusy = (lane: Lane) => {
  let answers = 0
  let failure: unknown
  let over = false
  const going = (async () => {
    while (!over && failure === undefined) {
      await lane.run('cube', cube(16), { deadlineMs: longDeadlineMs }).then(
        () => {
          answers += 1
        },
        error => {
          failure = error
        },
      )
      // The machine is not to be measured by its sibling's small runs.
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  })()
  return {
    stop: async () => {
      over = true
      await going
      return { answers, failure }
    },
  }
}

const endOf = (error: unknown): End => {
  const {
    _tag = 'unknown',
    mayRunAgain,
    message = '',
  } = error as {
    _tag?: string
    mayRunAgain?: boolean
    message?: string
  }
  return { tag: _tag, mayRunAgain, message }
}

const answered: End = { tag: 'answered', mayRunAgain: undefined, message: '' }

/** Two runs in flight at any time, until the first that is not answered, or until it is told to stop. */
const keepFull = (lane: Lane, size: number) => {
  let end = answered
  let over = false
  const caller = async (): Promise<void> => {
    while (!over) {
      await lane.run('cube', cube(size), { deadlineMs: longDeadlineMs }).catch((error: unknown) => {
        if (!over) end = endOf(error)
        over = true
      })
    }
  }
  const callers = Promise.all([caller(), caller()])
  return {
    stop: async (): Promise<End> => {
      over = true
      await callers
      return end
    },
    /** Resolves when they have stopped. */
    stopped: callers.then(() => end),
  }
}

/** Counts the times that this process stood still for longer than a beat. */
const watchPauses = () => {
  let count = 0
  let at = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    if (now - at > heartbeat.beatMs) count += 1
    at = now
  }, heartbeat.beatMs / 4)
  return {
    count: () => count,
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

export async function perform(stage: Stage, death: Death, kind: Kind): Promise<Outcome> {
  const { a, b } = await stage.whole()
  const lane = (await death.prepare?.(stage)) ?? a
  const sibling = keepBusy(b)
  const full = of(death.idle ?? false, kind) ? undefined : keepFull(lane, death.size ?? 700)
  try {
    if (full !== undefined) await until(() => lane.inFlight === 2, noticeLimitMs)
    return await happen(stage, death, kind, { lane, sibling, full })
  } finally {
    await Promise.all([sibling.stop(), full?.stop()])
  }
}

interface Scene {
  readonly lane: Lane
  readonly sibling: ReturnType<typeof keepBusy>
  readonly full: ReturnType<typeof keepFull> | undefined
}

async function happen(
  stage: Stage,
  death: Death,
  kind: Kind,
  { lane, sibling, full }: Scene,
): Promise<Outcome> {
  const before = { a: stage.live('a'), b: stage.live('b') }
  const recoveries = stage.recoveries.length
  const downs = stage.downs.length
  using pauses = watchPauses()
  let lostAt: number | undefined
  let laneEnd: LaneLost | LaneHung | undefined
  void lane.lost.then(end => {
    laneEnd = end
    lostAt = performance.now()
  })
  const faultAt = performance.now()
  const doneAt = (await death.fault(stage, lane)) ?? faultAt
  const noticed = (): number | undefined =>
    stage.downs.slice(downs).find(({ id }) => id === 'a')?.at ?? lostAt
  const nothing = of(death.sign, kind) === 'nothing'
  const noticedAt = nothing ? undefined : await until(noticed, noticeLimitMs)
  const end = nothing ? await full?.stop() : await full?.stopped
  await stage.whole(death.backend)
  const readyAt = performance.now()
  const { answers, failure } = await sibling.stop()
  const own = stage.recoveries.slice(recoveries).filter(({ subject }) => subject === 'a')
  const firstAt = noticedAt ?? noticed()
  const down = stage.downs.slice(downs).find(({ id }) => id === 'a')
  return {
    notice: noticeOf({
      recovery: own[0],
      downReason: down?.reason,
      lane: laneEnd,
      atWork: full !== undefined,
    }),
    noticedMs: firstAt === undefined ? undefined : Math.max(0, firstAt - doneAt),
    readyMs: noticedAt === undefined ? undefined : readyAt - noticedAt,
    rung: own.at(-1)?.rung ?? (lostAt !== undefined && stage.live('a') === before.a ? 'lane' : 'none'),
    pauses: pauses.count(),
    siblingUntouched: failure === undefined && stage.live('b') === before.b,
    siblingAnswers: answers,
    end,
    downs: stage.downs.slice(downs).map(({ id }) => id),
  }
}
