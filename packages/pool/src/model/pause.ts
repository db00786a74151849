// A wait that keeps no program alive: its pool may be closed meanwhile.

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms).unref()
  })
}
