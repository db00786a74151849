// The release channels of browsers, as far as the names of their files and folders tell. Pure.
export const channels = ['stable', 'beta', 'dev', 'canary', 'esr'] as const
export type Channel = (typeof channels)[number]

const signs: readonly (readonly [Channel, RegExp])[] = [
  ['esr', /[-_ ]esr\b/i],
  ['beta', /[-_ ]beta\b/i],
  // Google calls it unstable on Linux; Mozilla's Developer Edition stands between beta and nightly.
  ['dev', /[-_ ](dev|unstable|developer)\b/i],
  ['canary', /[-_ ](canary|nightly|sxs)\b/i],
]

const makers = /chrom|edge|firefox/i

/** Its own name, and the folder that its makers named: on Windows `Chrome Beta\Application\chrome.exe`. */
const namesIn = (file: string): string[] => {
  const [name = '', ...folders] = file.split(/[\\/]/).toReversed()
  const folder = folders.find(part => part !== 'Application') ?? ''
  return [name, ...(makers.test(folder) ? [folder] : [])]
}

/** By the name that it was found under, else by the file behind it. */
export const channelOf = (file: string, real: string = file): Channel => {
  for (const name of [...namesIn(file), ...namesIn(real)]) {
    const sign = signs.find(([, pattern]) => pattern.test(name))
    if (sign !== undefined) return sign[0]
  }
  return 'stable'
}
