// Where an actor lives: `/pool/browsers/chromium-1`. A path names a place in the supervision tree, not an
// incarnation: it stays the same when what lives there is restarted.

import { InvalidSpec } from './errors.ts'

declare const PathBrand: unique symbol

/** A place in the supervision tree, from the root, segments parted by `/`. */
export type ActorPath = string & { readonly [PathBrand]: true }

/** The path of the root supervisor. */
export const rootPath = '/' as ActorPath

/** The path of a child; an id may not be empty, nor hold a slash, because it would name another place. */
export function childPath(parent: ActorPath, id: string): ActorPath {
  if (id === '' || id.includes('/')) {
    throw new InvalidSpec({
      id,
      problem: id === '' ? 'the id is empty' : 'the id holds a slash',
      advice: 'give each child a short name without "/"',
    })
  }
  return below(parent, id) as ActorPath
}

/** Where a child of this name would be, whatever the name: for people. */
export const below = (parent: ActorPath, id: string): string =>
  parent === rootPath ? `/${id}` : `${parent}/${id}`
