// Calls what users have listen. It may throw, or be async and reject: that is reported, and breaks nobody.

export function callListener<A>(
  listener: (value: A) => unknown,
  value: A,
  onBroken: (error: unknown) => void,
): void {
  try {
    const result = listener(value)
    if (result instanceof Promise) result.catch(onBroken)
  } catch (error) {
    onBroken(error)
  }
}
