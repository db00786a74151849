// Recorded service times, as record.ts writes them and the simulation reads them. Data only.

export interface ServiceTimes {
  readonly machine: string
  /** Date. */
  readonly recorded: string
  /** Of each lane. */
  readonly threads: number
  /** Shares at which the quantiles are. */
  readonly points: readonly number[]
  readonly times: readonly RecordedTimes[]
}

export interface RecordedTimes {
  readonly model: string
  readonly browser: string
  readonly version: string
  readonly backend: string
  /** On a software adapter. */
  readonly software: boolean
  readonly n: number
  readonly quantilesMs: readonly number[]
}
