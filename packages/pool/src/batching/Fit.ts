// How a request may go with others in one run. Data only.

export interface Fit {
  /** Only requests of the same bucket go together. */
  readonly bucket: string
  readonly rows: number
  /** Of one row, as wide as it is; for texts an estimate, four letters each. */
  readonly tokens: number
}
