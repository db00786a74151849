// What was thrown, in words. It may be anything: also something that throws when it is asked what it is.

/** An error's name and message; anything else as text. Never throws. */
export function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  } catch {
    return 'something that cannot be shown'
  }
}

/** The message of an error alone. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return 'something that cannot be shown'
  }
}
