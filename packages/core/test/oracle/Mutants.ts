// The rules of Strategy and RestartWindow, each broken on purpose in every way that one could think of. A test
// puts one at a time in their place and looks whether the oracle sees it.

import type * as WindowRules from '../../src/RestartWindow.ts'
import type * as StrategyRules from '../../src/Strategy.ts'

export type Rules = Pick<typeof StrategyRules, 'shouldRestart' | 'restartGroup' | 'endsSupervisor'> &
  Pick<typeof WindowRules, 'addRestart'>

interface Mutant {
  readonly name: string
  /** The rules that it breaks, given the right ones. */
  readonly breaks: (right: Rules) => Partial<Rules>
}

type Reason = Parameters<Rules['shouldRestart']>[1]['_tag']
type RestartType = Parameters<Rules['shouldRestart']>[0]
type Strategy = Parameters<Rules['restartGroup']>[0]
type Shutdown = Parameters<Rules['endsSupervisor']>[0]

const restarts = (type: RestartType, reason: Reason, restarted: boolean): Mutant => ({
  name: `a ${type} child that ended with ${reason} is ${restarted ? '' : 'not '}restarted`,
  breaks: right => ({
    shouldRestart: (is, why) =>
      is === type && why._tag === reason ? restarted : right.shouldRestart(is, why),
  }),
})

const group = (
  strategy: Strategy,
  name: string,
  change: (ids: readonly string[], dead: string, right: readonly string[]) => readonly string[],
): Mutant => ({
  name: `${strategy} ${name}`,
  breaks: right => ({
    restartGroup: (is, ids, dead) => {
      const all = right.restartGroup(is, ids, dead)
      return is === strategy ? change(ids(), dead, all) : all
    },
  }),
})

const ends = (is: Shutdown, name: string, rule: (left: boolean) => boolean): Mutant => ({
  name: `${is}: ${name}`,
  breaks: right => ({
    endsSupervisor: (kind, left) => (kind === is ? rule(left) : right.endsSupervisor(kind, left)),
  }),
})

const limits = (
  name: string,
  change: (given: Parameters<Rules['addRestart']>[2]) => Parameters<Rules['addRestart']>[2],
): Mutant => ({
  name,
  breaks: right => ({ addRestart: (window, now, given) => right.addRestart(window, now, change(given)) }),
})

const reasons: readonly Reason[] = ['Normal', 'Shutdown', 'Failure', 'Killed']

export const mutants: readonly Mutant[] = [
  ...reasons.map(reason => restarts('permanent', reason, false)),
  ...reasons.map(reason => restarts('temporary', reason, true)),
  restarts('transient', 'Normal', true),
  restarts('transient', 'Shutdown', true),
  restarts('transient', 'Failure', false),
  restarts('transient', 'Killed', false),

  group('one_for_one', 'restarts all', ids => ids),
  group('one_for_one', 'restarts those after it too', (ids, dead) => ids.slice(ids.indexOf(dead))),
  group('one_for_all', 'restarts only the one that died', (_, dead) => [dead]),
  group('one_for_all', 'restarts only it and those after it', (ids, dead) => ids.slice(ids.indexOf(dead))),
  group('one_for_all', 'restarts only the others', (ids, dead) => ids.filter(id => id !== dead)),
  group('one_for_all', 'forgets the last one', ids => ids.slice(0, Math.max(1, ids.length - 1))),
  group('one_for_all', 'stops in start order', (_, __, right) => right.toReversed()),
  group('rest_for_one', 'restarts all', ids => ids),
  group('rest_for_one', 'restarts only the one that died', (_, dead) => [dead]),
  group('rest_for_one', 'restarts only those after it', (_, __, right) => right.slice(1)),
  group('rest_for_one', 'restarts it and those before it', (ids, dead) =>
    ids.slice(0, ids.indexOf(dead) + 1),
  ),
  group('rest_for_one', 'stops in start order', (_, __, right) => right.toReversed()),

  ends('any_significant', 'no end ends the supervisor', () => false),
  ends('any_significant', 'only the last end does', left => !left),
  ends('all_significant', 'no end ends the supervisor', () => false),
  ends('all_significant', 'any end does', () => true),
  ends('all_significant', 'any end but the last does', left => left),

  limits('one restart more than the intensity is allowed', ({ intensity, periodMs }) => ({
    intensity: intensity + 1,
    periodMs,
  })),
  limits('one restart fewer than the intensity is allowed', ({ intensity, periodMs }) => ({
    intensity: intensity - 1,
    periodMs,
  })),
  limits('any number of restarts is allowed', ({ periodMs }) => ({
    intensity: Number.POSITIVE_INFINITY,
    periodMs,
  })),
  limits('a restart counts for ever', ({ intensity }) => ({
    intensity,
    periodMs: Number.POSITIVE_INFINITY,
  })),
  limits('a restart counts for half the period', ({ intensity, periodMs }) => ({
    intensity,
    periodMs: periodMs / 2,
  })),
  limits('a restart counts for twice the period', ({ intensity, periodMs }) => ({
    intensity,
    periodMs: periodMs * 2,
  })),
  limits('a restart that is exactly one period old does not count', ({ intensity, periodMs }) => ({
    intensity,
    periodMs: periodMs - 1,
  })),
  {
    name: 'the window is forgotten at each restart',
    breaks: right => ({ addRestart: (_, now, given) => right.addRestart([], now, given) }),
  },
  {
    name: 'a restart within the period drops the oldest that still counts',
    breaks: right => ({ addRestart: (window, now, given) => right.addRestart(window.slice(1), now, given) }),
  },
  {
    name: 'the restart itself is not counted from then on',
    breaks: right => ({
      addRestart: (window, now, given) => {
        const { window: next, exceeded } = right.addRestart(window, now, given)
        return { window: next.slice(0, -1), exceeded }
      },
    }),
  },
]
