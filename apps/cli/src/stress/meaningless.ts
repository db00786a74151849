// Options of a load that another one leaves without a meaning. Pure. What commander can say by itself (two that exclude
// each other) stands with the options.

interface Rule {
  readonly option: string
  readonly where: (has: (option: string) => boolean) => boolean
  readonly why: string
}

const rules: readonly Rule[] = [
  {
    option: '--no-adaptive-scaling',
    where: has => has('--overload') || has('--soak'),
    why: 'that load always has all its pages',
  },
  {
    option: '--min-connections',
    where: has => has('--no-adaptive-scaling'),
    why: 'without scaling there are always as many pages as --max-connections says',
  },
  {
    option: '--chaos-every',
    where: has => !has('--chaos'),
    why: 'without --chaos no fault is injected',
  },
  {
    option: '--seed',
    where: has => has('--trace') && !has('--chaos'),
    why: 'a recorded trace without faults has nothing random',
  },
  {
    option: '--seed',
    where: has => !['--rate', '--soak', '--overload', '--trace', '--chaos'].some(has),
    why: 'a closed load without faults has nothing random',
  },
]

/**
 * Why one of the options changes nothing, where that is so.
 * @param given the options that stand on the command line, by their long names
 */
export function meaninglessIn(given: ReadonlySet<string>): string | undefined {
  const has = (option: string) => given.has(option)
  const broken = rules.find(({ option, where }) => has(option) && where(has))
  return broken && `${broken.option} changes nothing here: ${broken.why}.`
}
