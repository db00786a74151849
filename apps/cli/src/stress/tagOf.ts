// What a failure is called in a report: its tag, with the code of what a page said.

import { lineOf } from '../failure.ts'

/** Errors without a type are defects, and are shown whole. */
export function tagOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('_tag' in error)) return `no type: ${lineOf(error)}`
  return 'code' in error ? `${error._tag}/${error.code}` : String(error._tag)
}

/** Whether what `tagOf` said is the tag of a typed error. */
export function isTyped(tag: string): boolean {
  return /^\w+(\/\w+)?$/.test(tag)
}
