// Which files of a model one use of it needs: the graph in the dtype asked for, its external data, and the
// small files beside it. Pure: from a list of paths to a list of paths.
import { type Dtype, dtypeOfPart, dtypes, type PartDtypes, splitDtype, suffixes } from './Dtype.ts'

export interface Wanted {
  readonly dtype: Dtype | PartDtypes
  /** Stem of one graph of a model of several parts. Absent: `model` where there is one, else every part. */
  readonly graph: string | undefined
}

export type Selection =
  | {
      readonly _tag: 'Selected'
      readonly graphFile: string
      readonly paths: readonly string[]
      /** Of each part that was chosen, by its stem. */
      readonly dtypes: PartDtypes
    }
  | { readonly _tag: 'NoGraph'; readonly file: string; readonly available: readonly Dtype[] }

interface Graph {
  readonly path: string
  readonly stem: string
  readonly dtype: Dtype
}

/** @param paths '/'-separated, relative to the model's root. */
export function selectFiles(paths: readonly string[], { dtype, graph }: Wanted): Selection {
  const graphs = graphsOf(paths)
  const stems = wantedStems(graphs, graph, dtype)
  const wanted = (stem: string) => dtypeOfPart(dtype, stem)
  const chosen = stems.map(stem => graphs.find(found => found.stem === stem && found.dtype === wanted(stem)))
  const unknown =
    typeof dtype === 'string' ? undefined : Object.keys(dtype).find(stem => !stems.includes(stem))
  const found = chosen.filter(item => item !== undefined)
  const [first] = found
  if (first === undefined || found.length < stems.length || unknown !== undefined) {
    const missing = unknown ?? stems[chosen.indexOf(undefined)] ?? graph ?? 'model'
    const available = dtypes.filter(
      candidate =>
        stems.length > 0 && stems.every(stem => graphs.some(g => g.stem === stem && g.dtype === candidate)),
    )
    return { _tag: 'NoGraph', file: `${missing}${suffixes[wanted(missing)]}.onnx`, available }
  }
  const data = paths.filter(path => found.some(item => isExternalData(item.path, path)))
  const paired = [...found.map(item => item.path), ...data, ...paths.filter(isCompanion)]
  return {
    _tag: 'Selected',
    graphFile: first.path,
    paths: [...new Set(paired)].sort(),
    dtypes: Object.fromEntries(found.map(item => [item.stem, item.dtype])),
  }
}

/** Whether `path` holds weights of the graph at `graphPath`, by the names that exporters give them. */
export function isExternalData(graphPath: string, path: string): boolean {
  if (path === `${graphPath.slice(0, -'.onnx'.length)}.data`) return true
  return path.startsWith(graphPath) && /^(_data(_\d+)?|\.data)$/.test(path.slice(graphPath.length))
}

/** Configuration, tokenizer and preprocessor files lie at the root; indexes of other frameworks' weights do too. */
function isCompanion(path: string): boolean {
  return /^[^/]+\.(json|txt|model|jinja)$/.test(path) && !path.endsWith('.index.json')
}

function graphsOf(paths: readonly string[]): readonly Graph[] {
  const inFolder = paths.filter(path => /^onnx\/[^/]+\.onnx$/.test(path))
  const files = inFolder.length > 0 ? inFolder : paths.filter(path => /^[^/]+\.onnx$/.test(path))
  return files.map(path => ({ path, ...splitDtype(path.slice(path.lastIndexOf('/') + 1, -'.onnx'.length)) }))
}

function wantedStems(
  graphs: readonly Graph[],
  asked: string | undefined,
  dtype: Dtype | PartDtypes,
): readonly string[] {
  if (asked !== undefined) return [asked]
  const stems = [...new Set(graphs.map(({ stem }) => stem))].sort()
  if (stems.includes('model')) return ['model']
  // The merged decoder stands for the two that it was merged from.
  const merged = graphs.some(
    ({ stem, dtype: has }) => stem === 'decoder_model_merged' && has === dtypeOfPart(dtype, stem),
  )
  return merged ? stems.filter(stem => stem !== 'decoder_model' && stem !== 'decoder_with_past_model') : stems
}
