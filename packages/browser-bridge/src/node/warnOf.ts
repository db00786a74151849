// What a caller's own callback threw, said where it ends nothing: as a warning of the process, which goes to standard
// error and to whoever listens. Not for failures of ours, which are thrown.

export function warnOf(what: string, thrown: unknown): void {
  const stack = thrown instanceof Error ? thrown.stack : undefined
  const warning = new Error(`${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  warning.name = 'ShoalWarning'
  warning.stack =
    stack === undefined ? `${warning.name}: ${warning.message}` : `${warning.name}: ${what}: ${stack}`
  process.emitWarning(warning)
}
