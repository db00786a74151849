// Writes plain data as an Erlang term: strings as binaries, objects as maps with atoms for keys. Writing only.

/** `{ path: 'a', starts: [1] }` is `#{'path'=><<"a">>,'starts'=>[1]}`. */
export function erlangTerm(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(erlangTerm).join(',')}]`
  if (typeof value === 'string') return `<<${JSON.stringify(value)}>>`
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).filter(([, each]) => each !== undefined)
    return `#{${pairs.map(([key, each]) => `'${key}'=>${erlangTerm(each)}`).join(',')}}`
  }
  return String(value)
}
