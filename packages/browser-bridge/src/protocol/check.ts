// Checks of decoded values against the types of messages: small functions that answer where a value is wrong,
// or nothing. Not Effect Schema: these run for every message in the page's workers too, whose bundle carries no
// Effect, and build a path only when something is wrong.

/** Answers undefined where the value is a T, else the path of the fault and what was expected there. */
export type Check<T> = ((value: unknown) => string | undefined) & { readonly checks?: T }
export type OptionalCheck<T> = Check<T> & { readonly optional: true }

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T]
type Fields<T> = {
  [K in keyof T]-?: K extends OptionalKeys<T> ? OptionalCheck<NonNullable<T[K]>> : Check<T[K]>
}

const expected = (what: string) => `: expected ${what}`

export const string: Check<string> = value => (typeof value === 'string' ? undefined : expected('a string'))
export const boolean: Check<boolean> = value =>
  typeof value === 'boolean' ? undefined : expected('true or false')
export const number: Check<number> = value =>
  typeof value === 'number' && Number.isFinite(value) ? undefined : expected('a finite number')
/** A count, an id, a size: an integer from 0. */
export const natural: Check<number> = value =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : expected('an integer from 0')
export const oneOf = <const T extends string | number>(...values: readonly T[]): Check<T> => {
  const set = new Set<unknown>(values)
  const what = expected(`one of ${values.join(', ')}`)
  return value => (set.has(value) ? undefined : what)
}

export const optional = <T>(check: Check<T>): OptionalCheck<T> => {
  const maybe: Check<T> = value => (value === undefined ? undefined : check(value))
  return Object.assign(maybe, { optional: true as const })
}

export const array =
  <T>(check: Check<T>): Check<readonly T[]> =>
  value => {
    if (!Array.isArray(value)) return expected('an array')
    for (let i = 0; i < value.length; i++) {
      const fault = check(value[i])
      if (fault !== undefined) return `[${i}]${fault}`
    }
    return undefined
  }

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const record =
  <T>(check: Check<T>): Check<Readonly<Record<string, T>>> =>
  value => {
    if (!isMap(value)) return expected('a map')
    for (const key of Object.keys(value)) {
      if (key === '__proto__') return expected('no key named __proto__')
      const fault = check(value[key])
      if (fault !== undefined) return `.${key}${fault}`
    }
    return undefined
  }

/** A map with these fields; others are let through and read by nobody. */
export const struct = <T extends object>(fields: Fields<T>): Check<T> => {
  const entries = Object.entries(fields) as [string, Check<unknown>][]
  return value => {
    if (!isMap(value)) return expected('a map')
    for (const [key, check] of entries) {
      const fault = check(Object.hasOwn(value, key) ? value[key] : undefined)
      if (fault !== undefined) return `.${key}${fault}`
    }
    return undefined
  }
}

/** A value of any of the kinds; `what` names them in the fault. */
export const either =
  <A, B>(a: Check<A>, b: Check<B>, what: string): Check<A | B> =>
  value =>
    a(value) === undefined || b(value) === undefined ? undefined : expected(what)

/** A map told apart by its field `key`. */
export const tagged =
  <T extends object>(key: string, cases: Readonly<Record<string, Check<T>>>): Check<T> =>
  value => {
    if (!isMap(value)) return expected('a map')
    const tag = value[key]
    const check = typeof tag === 'string' && Object.hasOwn(cases, tag) ? cases[tag] : undefined
    if (check === undefined) return `.${key}${expected(`one of ${Object.keys(cases).join(', ')}`)}`
    return check(value)
  }
