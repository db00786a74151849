// Erlang, which the tests compare core's supervisors with: whether it is here, and whether to install it. Only tests
// want it, and where it cannot be they say that they left that out, so its absence is never an error.
import { delimiter, join } from 'node:path'
import { thisMachine } from './findBrowser.mjs'

/** @typedef {{ wanted: boolean, present: boolean, debian: boolean, root: boolean, ci: boolean, terminal: boolean, failedBefore: boolean }} ErlangSituation */
/** @typedef {{ _tag: 'Nothing' } | { _tag: 'CannotBe' } | { _tag: 'Apt', ask: boolean }} ErlangPlan */

/** The smallest of Debian's packages that has a supervisor. */
export const erlangPackage = 'erlang-base'

/**
 * @param {Pick<import('./findBrowser.mjs').Machine, 'env' | 'exists'>} [machine]
 * @returns {string | undefined} the path of `erl`: by SHOAL_ERL, else on the PATH
 */
export function findErlang({ env, exists } = thisMachine) {
  const given = env['SHOAL_ERL']
  if (given !== undefined && given !== '') return exists(given) ? given : undefined
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(folder => folder !== '')
  return folders.map(folder => join(folder, 'erl')).find(exists)
}

/**
 * @param {ErlangSituation} situation
 * @returns {ErlangPlan}
 */
export function planErlang({ wanted, present, debian, root, ci, terminal, failedBefore }) {
  if (!wanted || present || failedBefore) return { _tag: 'Nothing' }
  return debian && root ? { _tag: 'Apt', ask: terminal && !ci } : { _tag: 'CannotBe' }
}
