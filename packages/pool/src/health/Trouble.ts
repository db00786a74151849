// What health knows of a connection that rest and trials have not mended: what a remedy is chosen by. Data only.

/** How a connection that stands is troubled, as far as rest and trials have not mended it. */
export interface Trouble {
  readonly connection: string
  /** Times that its breaker opened without having closed between. */
  readonly openings: number
  /** The same of the worst model on it. */
  readonly modelOpenings: number
  /** A model that it has given up loading, though another connection of its kind of browser holds it. */
  readonly refused?: string
  /** For how long it has been degraded, in milliseconds, and how many runs have ended since; 0 where it is not. */
  readonly degradedMs: number
  readonly degradedRuns: number
  /** Whether others run the same models: else what a busy machine does to it cannot be told apart. */
  readonly hasPeers: boolean
}
