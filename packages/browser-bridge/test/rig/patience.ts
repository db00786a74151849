// Whether a run of the tests has time, for rows that take it: the one home of the question. Not how long a row may take.

/** Minutes, gigabytes: only who asks for them by name. */
export const isLong = process.env['SHOAL_LONG'] === '1'

/** Half a minute a row: wherever nobody waits for the run. */
export const isPatient = isLong || process.env['CI'] !== undefined

export type Patience = 'patient' | 'long'

/** Why a row is skipped that takes so much; undefined: there is time. */
export function noTimeFor(patience: Patience | undefined): string | undefined {
  const has = patience === undefined || (patience === 'long' ? isLong : isPatient)
  return has ? undefined : 'set SHOAL_LONG=1'
}
