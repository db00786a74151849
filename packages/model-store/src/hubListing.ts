// What files a model on a hub has: by the hub's API, or by asking for the names that a model usually has.
import { dtypeOfPart, dtypes, suffixes } from './Dtype.ts'
import { HubRefused } from './errors.ts'
import { ask, type HubAccess } from './hubHttp.ts'
import type { RemoteFile } from './RemoteFile.ts'
import type { Wanted } from './selectFiles.ts'

interface TreeEntry {
  readonly type: string
  readonly path: string
  readonly size?: number
  readonly oid?: string
  readonly lfs?: { readonly oid?: string; readonly size?: number }
}

/** More pages than any model has: a hub whose pages go in a circle is given up on. */
const mostPages = 100

export type ApiListing =
  | { readonly _tag: 'Listed'; readonly files: readonly RemoteFile[] }
  | { readonly _tag: 'NoModel' }
  | { readonly _tag: 'NoApi' }

export async function listByApi(
  treeUrl: string,
  fileUrl: (path: string) => string,
  access: HubAccess,
  signal: AbortSignal,
): Promise<ApiListing> {
  const files: RemoteFile[] = []
  let next: string | undefined = `${treeUrl}?recursive=true`
  for (let page = 0; next !== undefined; page++) {
    if (page >= mostPages) throw new HubRefused({ url: next, status: 508 })
    const answer = await ask(next, 'GET', access, signal)
    if (answer._tag === 'Missing') return { _tag: answer.named ? 'NoModel' : 'NoApi' }
    const entries = parseTree(answer.body)
    if (entries === undefined) return { _tag: 'NoApi' }
    files.push(...entries.filter(isFile).map(entry => fromTree(entry, fileUrl)))
    next = nextPage(answer.headers.get('link'), next)
  }
  return { _tag: 'Listed', files }
}

function parseTree(body: string): readonly TreeEntry[] | undefined {
  try {
    const tree: unknown = JSON.parse(body)
    return Array.isArray(tree) ? tree : undefined
  } catch {
    // A web server that answers every path with its start page has no such API.
    return undefined
  }
}

/** Paths that step out of the model are not taken, whoever sends them. */
const isFile = (entry: TreeEntry): boolean =>
  entry?.type === 'file' && typeof entry.path === 'string' && isPlainPath(entry.path)

function isPlainPath(path: string): boolean {
  return !path.includes('\\') && path.split('/').every(part => part !== '' && part !== '.' && part !== '..')
}

function fromTree({ path, size, oid, lfs }: TreeEntry, fileUrl: (path: string) => string): RemoteFile {
  const length = lfs?.size ?? size
  return {
    path,
    url: fileUrl(path),
    bytes: typeof length === 'number' ? length : undefined,
    sha256: hex(lfs?.oid, 64),
    gitSha1: lfs === undefined ? hex(oid, 40) : undefined,
    etag: undefined,
  }
}

const hex = (text: string | undefined, digits: number): string | undefined =>
  text !== undefined && text.length === digits && /^[0-9a-f]+$/.test(text) ? text : undefined

/** RFC 8288: `<url>; rel="next"`. Only to the hub itself: the token goes with the request. */
function nextPage(link: string | null, from: string): string | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1]
  if (target === undefined || !URL.canParse(target, from)) return undefined
  const url = new URL(target, from)
  return url.origin === new URL(from).origin ? url.href : undefined
}

const companions = [
  'config.json',
  'generation_config.json',
  'preprocessor_config.json',
  'processor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
]

const parts = ['model', 'encoder_model', 'decoder_model_merged']

/** `undefined` when none of the names is there. */
export async function listByProbing(
  { dtype, graph }: Wanted,
  fileUrl: (path: string) => string,
  access: HubAccess,
  signal: AbortSignal,
): Promise<readonly RemoteFile[] | undefined> {
  const stems = graph === undefined ? parts : [graph]
  const graphs = stems.flatMap(stem => dtypes.map(type => `onnx/${stem}${suffixes[type]}.onnx`))
  const data = stems.map(stem => `onnx/${stem}${suffixes[dtypeOfPart(dtype, stem)]}.onnx_data`)
  const files = await headFiles([...companions, ...graphs, ...data], fileUrl, access, signal)
  return files.length > 0 ? files : undefined
}

/** Those of the paths that are there. */
export async function headFiles(
  paths: readonly string[],
  fileUrl: (path: string) => string,
  access: HubAccess,
  signal: AbortSignal,
): Promise<readonly RemoteFile[]> {
  const found: (RemoteFile | undefined)[] = []
  const queue = paths.entries()
  const worker = async () => {
    for (const [at, path] of queue) {
      const answer = await ask(fileUrl(path), 'HEAD', access, signal)
      if (answer._tag === 'Answer') found[at] = fromHead(path, fileUrl(path), answer.headers)
    }
  }
  await Promise.all(Array.from({ length: 6 }, worker))
  return found.filter(file => file !== undefined)
}

function fromHead(path: string, url: string, headers: Headers): RemoteFile {
  const etag = headers.get('x-linked-etag') ?? headers.get('etag') ?? undefined
  const length = headers.get('x-linked-size') ?? headers.get('content-length')
  return {
    path,
    url,
    bytes: length !== null && /^\d+$/.test(length) ? Number(length) : undefined,
    sha256: hex(etag?.replaceAll('"', ''), 64),
    gitSha1: undefined,
    etag,
  }
}
