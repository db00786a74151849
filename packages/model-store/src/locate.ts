// What the string that names a model means: a path, a model on a hub, a graph at a URL, or a plain name to
// look up. Pure, but for being told what exists.
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Location =
  | { readonly _tag: 'Path'; readonly path: string }
  | { readonly _tag: 'HubModel'; readonly hub: string; readonly id: string; readonly revision: string }
  | { readonly _tag: 'GraphUrl'; readonly url: string }
  | { readonly _tag: 'Name'; readonly id: string; readonly revision: string }
  | { readonly _tag: 'Refused'; readonly reason: string }

const main = 'main'

export function locate(text: string, exists: (path: string) => boolean): Location {
  if (text.trim() === '') return { _tag: 'Refused', reason: 'it is empty' }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) return { _tag: 'Refused', reason: 'it holds control characters' }
  if (/^https?:\/\//i.test(text)) return locateUrl(text)
  if (/^file:/i.test(text)) {
    return URL.canParse(text) && new URL(text).host === ''
      ? { _tag: 'Path', path: fileURLToPath(text) }
      : { _tag: 'Refused', reason: 'it is no file URL of this machine' }
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text))
    return { _tag: 'Refused', reason: 'its protocol is not http, https or file' }
  if (text === '~' || text.startsWith('~/')) return { _tag: 'Path', path: join(homedir(), text.slice(1)) }
  const explicit = isAbsolute(text) || /^\.{1,2}([\\/]|$)/.test(text) || /^[a-z]:[\\/]/i.test(text)
  if (explicit || text.endsWith('.onnx') || exists(text)) return { _tag: 'Path', path: text }
  return locateName(text)
}

function locateName(text: string): Location {
  const at = text.lastIndexOf('@')
  const [id, revision] = at > 0 ? [text.slice(0, at), text.slice(at + 1)] : [text, main]
  if (!isModelId(id))
    return { _tag: 'Refused', reason: 'a name is name or org/name, of letters, digits, . _ and -' }
  if (!isRevision(revision)) return { _tag: 'Refused', reason: `'${revision}' is no revision` }
  return { _tag: 'Name', id, revision }
}

function locateUrl(text: string): Location {
  if (!URL.canParse(text)) return { _tag: 'Refused', reason: 'it is no URL' }
  const url = new URL(text)
  if (url.pathname.endsWith('.onnx')) return { _tag: 'GraphUrl', url: url.href }
  const segments = url.pathname.split('/').filter(segment => segment !== '')
  const marker = segments.findIndex(segment => segment === 'tree' || segment === 'resolve')
  const path = marker === -1 ? segments : segments.slice(0, marker)
  const revision = marker === -1 ? main : (segments[marker + 1] ?? main)
  const id = path.slice(-2).join('/')
  if (!isModelId(id) || !isRevision(revision))
    return { _tag: 'Refused', reason: 'the URL ends in no org/name' }
  const prefix = path.slice(0, -2).join('/')
  return { _tag: 'HubModel', hub: `${url.origin}${prefix === '' ? '' : `/${prefix}`}`, id, revision }
}

/** One or two segments; none of them a step to somewhere else. */
export function isModelId(id: string): boolean {
  return (
    id.length <= 192 && /^[\w.-]+(\/[\w.-]+)?$/.test(id) && !id.split('/').some(part => /^\.+$/.test(part))
  )
}

const isRevision = (revision: string): boolean => /^[\w][\w.-]{0,127}$/.test(revision)
