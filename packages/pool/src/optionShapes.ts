// The names of options and the shapes of their values, at the door: an option that nobody knows would change nothing, and
// say nothing. What a value may be within its shape is said where its option is.

import { inspect } from 'node:util'
import { InvalidOption } from './errors.ts'

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
const isStrings = (value: unknown) => Array.isArray(value) && value.every(one => typeof one === 'string')

const shapes = {
  'a number': (value: unknown) => typeof value === 'number',
  'a string': (value: unknown) => typeof value === 'string',
  'a string or false': (value: unknown) => typeof value === 'string' || value === false,
  'a string or an object': (value: unknown) => typeof value === 'string' || isObject(value),
  'a string or an array of strings': (value: unknown) => typeof value === 'string' || isStrings(value),
  'an array': (value: unknown) => Array.isArray(value),
  'an array of strings': isStrings,
  'an object': isObject,
  'an object or true': (value: unknown) => isObject(value) || value === true,
  'an object, true or false': (value: unknown) => isObject(value) || typeof value === 'boolean',
  'true or false': (value: unknown) => typeof value === 'boolean',
} as const

/** The shape of each option of `T`: one that is missing here, or is none, does not compile. */
export type Shapes<T> = Readonly<Record<keyof Required<T>, keyof typeof shapes>>

/**
 * What is wrong with the names or the shapes of what was given, if anything is. An option that is there and undefined is
 * left out.
 * @param within the option that they are a part of, such as `memory`; absent for the outermost
 */
export function shapeFault<T>(
  given: unknown,
  expected: Shapes<T>,
  within?: string,
): InvalidOption | undefined {
  if (typeof given !== 'object' || given === null)
    return invalid(within ?? 'options', `must be an object, and is ${shown(given)}`)
  for (const [name, value] of Object.entries(given)) {
    const option = within === undefined ? name : `${within}.${name}`
    if (!Object.hasOwn(expected, name))
      return invalid(option, `is no option; there are ${Object.keys(expected).join(', ')}`)
    const shape = expected[name as keyof T]
    if (value !== undefined && !shapes[shape](value))
      return invalid(option, `must be ${shape}, and is ${shown(value)}`)
  }
  return undefined
}

/** Without those that are there and undefined, which would hide a default. */
export function given<T extends object>(options: T | undefined): Partial<T> {
  const present = Object.entries(options ?? {}).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as Partial<T>
}

function shown(value: unknown): string {
  const text = inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY })
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function invalid(option: string, what: string): InvalidOption {
  return new InvalidOption({ option, message: `${option}: ${what}.` })
}
