// What a failure is called in a report: its tag, with the code of what a page said.

import { lineOf } from '../failure.ts'

/** Untyped errors are defects, and are shown whole. */
export function tagOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('_tag' in error)) return lineOf(error)
  return 'code' in error ? `${error._tag}/${error.code}` : String(error._tag)
}
