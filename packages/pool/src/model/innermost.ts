/** The name of the innermost state of a nested state value. */
export function innermost(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return innermost(Object.values(value)[0])
}
