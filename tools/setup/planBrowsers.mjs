// What to do about missing browsers: a pure decision from what is there, what the machine is and who could
// be asked. It installs nothing.

/** @typedef {import('./findBrowser.mjs').Family} Family */
/** @typedef {{ missing: Family[], present: Family[], debian: boolean, root: boolean, ci: boolean, terminal: boolean, failedBefore: Family[] }} Situation */
/** @typedef {{ _tag: 'Nothing' } | { _tag: 'KnownMissing', families: Family[] } | { _tag: 'Apt', families: Family[], ask: boolean } | { _tag: 'Playwright', families: Family[] }} Plan */

/**
 * A family that could not be had lately is not tried at every start while another one serves.
 * @param {Situation} situation
 * @returns {Plan}
 */
export function planBrowsers({ missing, present, debian, root, ci, terminal, failedBefore }) {
  if (missing.length === 0) return { _tag: 'Nothing' }
  const families = present.length === 0 ? missing : missing.filter(family => !failedBefore.includes(family))
  if (families.length === 0) return { _tag: 'KnownMissing', families: missing }
  if (debian && root) return { _tag: 'Apt', families, ask: terminal && !ci }
  return { _tag: 'Playwright', families }
}

/**
 * The first package of the list that apt can install as a package of its own. Ubuntu's `firefox` and
 * `chromium-browser` only redirect to a snap, which does not work in a container.
 * @param {readonly string[]} names in order of preference
 * @param {(name: string) => string | undefined} candidateVersion what `apt-cache policy` offers
 */
export function choosePackage(names, candidateVersion) {
  return names.find(name => {
    const version = candidateVersion(name)
    return version !== undefined && version !== '(none)' && !version.includes('snap')
  })
}

/** @param {string} osRelease the text of /etc/os-release */
export function isDebianLike(osRelease) {
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(match =>
    (match[1] ?? '').split(' '),
  )
  return ids.includes('debian') || ids.includes('ubuntu')
}
