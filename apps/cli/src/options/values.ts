// What stands behind an option on the command line, read or refused. Written so that `shoal --help` loads nothing else.

import type { BrowserChoice, BrowserKind } from '@shoal/pool'
import { InvalidArgumentError } from 'commander'
import { type FaultName, faultNames } from '../stress/chaos/Fault.ts'

/** Held to the bridge's own list by its type. */
export const browserKinds = Object.keys({
  chromium: true,
  chrome: true,
  edge: true,
  firefox: true,
  webkit: true,
} satisfies Record<BrowserKind, true>)

export function positive(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

export function whole(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number of at least 1.')
  return value
}

export function port(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= 65_535)) throw new InvalidArgumentError('It must be a port: 0 (any free one) to 65535.')
  return value
}

/** It stands in the address that devices open. */
export function hostName(text: string): string {
  const label = '[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?'
  if (text.length > 253 || !new RegExp(`^(${label}(\\.${label})*|\\[[0-9a-f:.]+\\])$`, 'i').test(text))
    throw new InvalidArgumentError('It must be a name or an address alone, such as box.local.')
  return text
}

export function browsers(text: string): BrowserChoice[] {
  return text.split(',').map(part => {
    const [, kind, connect] = /^(?:([a-z]+)@)?((?:https?|wss?):\/\/.*)$/.exec(part.trim()) ?? []
    if (connect === undefined) return kindOf(part.trim())
    return kind === undefined ? { connect } : { connect, kind: kindOf(kind) }
  })
}

function kindOf(text: string): BrowserKind {
  const kind = browserKinds.find(known => known === text)
  if (kind === undefined) throw new InvalidArgumentError(`"${text}" is none of ${browserKinds.join(', ')}.`)
  return kind as BrowserKind
}

export function names(text: string): string[] {
  return text.split(',').map(name => name.trim())
}

export function faults(text: string): FaultName[] {
  const known: readonly string[] = [...faultNames, 'all']
  const asked = names(text)
  const unknown = asked.find(name => !known.includes(name))
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${known.join(', ')}.`)
  return faultNames.filter(name => asked.includes(name) || asked.includes('all'))
}

/** For an option that may be given again. */
export function collect(text: string, all: readonly string[] = []): readonly string[] {
  return [...all, text]
}
