// Every process that was seen of the browsers on one folder's profiles, so that it can be said afterwards which of them
// still runs: of a Firefox only the first process names its profile.
import { listProcesses, type ProcessInfo } from '../../../src/node/browsers/processTable.ts'
import { membersOf } from '../../../src/node/browsers/processTree.ts'

/** A number alone would also name whoever got it later. */
const stampOf = ({ pid, startTime }: ProcessInfo): string => `${pid} since ${startTime}`

export class Census {
  readonly #profilesDir: string
  readonly #seen = new Set<string>()

  constructor(profilesDir: string) {
    this.#profilesDir = profilesDir
  }

  /** Those that run now, which it remembers. */
  async take(): Promise<ProcessInfo[]> {
    const table = await listProcesses()
    const named = table.filter(({ command }) => command.join(' ').includes(this.#profilesDir))
    const now = [...new Set(named.flatMap(({ pid }) => membersOf(pid, table)))]
    for (const info of now) this.#seen.add(stampOf(info))
    return now
  }

  /** Those that run now and were seen before, or name a profile. */
  async left(): Promise<string[]> {
    const named = new Set((await this.take()).map(stampOf))
    return (await listProcesses())
      .filter(info => named.has(stampOf(info)) || this.#seen.has(stampOf(info)))
      .map(info => `${stampOf(info)}: ${info.command.join(' ')}`)
  }
}
