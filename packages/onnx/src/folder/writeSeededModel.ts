// Puts a seeded model on disk as Hugging Face would lay it out, once: the folder is named by the hash of the
// recipe, and a recipe gives the same bytes everywhere. Seeded weights prove numerics and speed, never meaning.
import { createHash } from 'node:crypto'
import { copyFile, link, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Architecture, JsonObject, Size } from '../architectures/Architecture.ts'
import {
  type ArchitectureName,
  architectureNames,
  architectures,
  type ParamsOf,
} from '../architectures/architectures.ts'
import { BadModelRequest, CacheUnwritable } from '../errors.ts'
import { GraphBuilder } from '../graph/GraphBuilder.ts'
import { quantizeDynamic } from '../graph/quantize.ts'
import { encodeModel } from '../proto/encode.ts'
import type { ModelProto } from '../proto/messages.ts'
import { cacheRoot, dropEntry, writeEntry } from './CacheFolder.ts'
import { wordPieceFiles } from './wordPiece.ts'

/** The dtypes of a model's files, as Transformers.js names them. */
export type ModelDType = 'fp32' | 'fp16' | 'q8'

export interface SeededModelOptions<A extends ArchitectureName> {
  readonly architecture: A
  /** A preset; 'tiny' where nothing is said. */
  readonly size?: Size
  /** Replaces single parameters of the preset. */
  readonly params?: Partial<ParamsOf<A>>
  /** A whole number; 1 where nothing is said. */
  readonly seed?: number
  /** ['fp32'] where nothing is said. */
  readonly dtypes?: readonly ModelDType[]
  /** Else SHOAL_CACHE, else the user's cache folder. */
  readonly cacheDir?: string
}

export interface ModelFile {
  /** Below the model's folder, with forward slashes. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

export interface SeededModel {
  /** The model's folder: config.json, tokenizer.json, onnx/model.onnx … */
  readonly dir: string
  /** Hash of the recipe (architecture, parameters, seed, dtypes, generation of this code); names the folder. */
  readonly key: string
  /** Hash of the files' names and contents. */
  readonly contentHash: string
  readonly name: string
  readonly architecture: ArchitectureName
  readonly task: string
  readonly dtypes: readonly ModelDType[]
  readonly files: readonly ModelFile[]
  /** Always this text, to be printed wherever the model's results are. */
  readonly weights: 'seeded weights'
  /** Whether it was on disk already. */
  readonly cached: boolean
}

// Part of every key. Raise it whenever any file's bytes change for the same recipe: a test holds the hashes.
const generation = 1
const suffixes: Record<ModelDType, string> = { fp32: '', fp16: '_fp16', q8: '_quantized' }
const listName = 'shoal.json'

/**
 * Writes the model, or finds it written. Layout: config.json, onnx/<graph>.onnx (fp32), _fp16.onnx,
 * _quantized.onnx (q8), and tokenizer, preprocessor and generation files where the architecture has them.
 * @throws BadModelRequest for an unknown or contradictory request, CacheUnwritable where the cache refuses.
 */
export async function writeSeededModel<A extends ArchitectureName>(
  options: SeededModelOptions<A>,
): Promise<SeededModel> {
  const recipe = resolveRecipe(options)
  const parent = join(cacheRoot(options.cacheDir), 'seeded')
  const entry = `${recipe.name}-${recipe.key.slice(0, 16)}`
  const found = await readEntry(join(parent, entry))
  if (found === 'damaged') await dropEntry(parent, entry)
  else if (found !== undefined) return describe(recipe, join(parent, entry), found, true)
  const dir = await writeEntry(parent, entry, folder => fillFolder(folder, recipe))
  const files = await readEntry(dir)
  if (files !== undefined && files !== 'damaged') return describe(recipe, dir, files, false)
  throw new CacheUnwritable({
    folder: parent,
    reason: 'CHANGED',
    message: `The cache folder ${parent} changed while ${entry} was written into it; let one program clean it at a time, and try again`,
  })
}

interface Recipe {
  readonly name: string
  readonly key: string
  readonly architectureName: ArchitectureName
  readonly architecture: Architecture<object>
  readonly params: object
  readonly seed: number
  readonly dtypes: readonly ModelDType[]
}

function resolveRecipe(options: SeededModelOptions<ArchitectureName>): Recipe {
  const { architecture: architectureName, size = 'tiny', seed = 1 } = options
  if (!architectureNames.includes(architectureName))
    throw refused('architecture', `'${architectureName}' is not one of ${architectureNames.join(', ')}`)
  const architecture = architectures[architectureName] as unknown as Architecture<object>
  const preset = architecture.sizes[size]
  if (preset === undefined)
    throw refused('size', `'${size}' is not one of ${Object.keys(architecture.sizes).join(', ')}`)
  if (!Number.isSafeInteger(seed)) throw refused('seed', `${seed} is not a whole number`)
  const asked = options.dtypes ?? ['fp32']
  const unknown = asked.find(dtype => !(dtype in suffixes))
  if (unknown !== undefined || asked.length === 0)
    throw refused('dtypes', `${unknown ?? 'an empty list'} is not one of ${Object.keys(suffixes).join(', ')}`)
  const dtypes = (Object.keys(suffixes) as ModelDType[]).filter(dtype => asked.includes(dtype))
  const stranger = Object.keys(options.params ?? {}).find(name => !(name in preset))
  if (stranger !== undefined)
    throw refused('params', `'${stranger}' is not one of ${Object.keys(preset).join(', ')}`)
  const params = { ...preset, ...options.params }
  const wrong = architecture.check(params)
  if (wrong !== undefined) throw refused('params', wrong)
  const key = sha256(JSON.stringify({ generation, architectureName, params, seed, dtypes }))
  const kebab = architectureName.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
  return { name: `${kebab}-${size}`, key, architectureName, architecture, params, seed, dtypes }
}

function refused(option: string, what: string): BadModelRequest {
  return new BadModelRequest({
    option,
    message: `The seeded model cannot be made: ${option} ${what}; correct it`,
  })
}

async function fillFolder(folder: string, { architecture, params, seed, dtypes }: Recipe): Promise<void> {
  const files: ModelFile[] = []
  for (const [path, json] of Object.entries(jsonFiles(architecture, params)))
    files.push(await writeChunks(folder, path, [Buffer.from(`${JSON.stringify(json, null, 1)}\n`)]))
  for (const graph of architecture.graphs(params)) {
    for (const dtype of dtypes) {
      const model = buildGraph(graph.build, graph.file, seed, dtype)
      const written = await writeChunks(
        folder,
        `onnx/${graph.file}${suffixes[dtype]}.onnx`,
        encodeModel(model),
      )
      files.push(written)
      for (const other of graph.alsoAs ?? []) {
        const path = `onnx/${other}${suffixes[dtype]}.onnx`
        await linkOrCopy(join(folder, written.path), join(folder, path))
        files.push({ ...written, path })
      }
    }
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  await writeFile(
    join(folder, listName),
    `${JSON.stringify({ weights: 'seeded weights', files }, null, 1)}\n`,
  )
}

function buildGraph(
  fill: (g: GraphBuilder) => void,
  name: string,
  seed: number,
  dtype: ModelDType,
): ModelProto {
  const g = new GraphBuilder({ name, seed, float: dtype === 'fp16' ? 'float16' : 'float32' })
  fill(g)
  return dtype === 'q8' ? quantizeDynamic(g.build()) : g.build()
}

function jsonFiles(architecture: Architecture<object>, params: object): Record<string, JsonObject> {
  const vocabulary = architecture.vocabulary?.(params)
  const preprocessor = architecture.preprocessor?.(params)
  const generationConfig = architecture.generation?.(params)
  return {
    'config.json': architecture.config(params),
    ...(vocabulary === undefined ? {} : wordPieceFiles(vocabulary)),
    ...(preprocessor === undefined ? {} : { 'preprocessor_config.json': preprocessor }),
    ...(generationConfig === undefined ? {} : { 'generation_config.json': generationConfig }),
  }
}

async function writeChunks(folder: string, path: string, chunks: readonly Uint8Array[]): Promise<ModelFile> {
  const full = join(folder, path)
  await mkdir(dirname(full), { recursive: true })
  const hash = createHash('sha256')
  let bytes = 0
  const file = await open(full, 'w')
  try {
    for (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
      await file.writeFile(chunk)
    }
  } finally {
    await file.close()
  }
  return { path, bytes, sha256: hash.digest('hex') }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to))
}

/** The files of a whole entry; 'damaged' where a file is gone or has another size; undefined where there is none. */
async function readEntry(dir: string): Promise<readonly ModelFile[] | 'damaged' | undefined> {
  const text = await readFile(join(dir, listName), 'utf8').catch(() => undefined)
  if (text === undefined)
    return (await stat(dir).catch(() => undefined)) === undefined ? undefined : 'damaged'
  try {
    const { files } = JSON.parse(text) as { readonly files: readonly ModelFile[] }
    for (const file of files) {
      const info = await stat(join(dir, file.path))
      if (info.size !== file.bytes) return 'damaged'
    }
    return files
  } catch {
    return 'damaged'
  }
}

function describe(recipe: Recipe, dir: string, files: readonly ModelFile[], cached: boolean): SeededModel {
  return {
    dir,
    key: recipe.key,
    contentHash: sha256(files.map(file => `${file.path} ${file.sha256}\n`).join('')),
    name: recipe.name,
    architecture: recipe.architectureName,
    task: recipe.architecture.task,
    dtypes: recipe.dtypes,
    files,
    weights: 'seeded weights',
    cached,
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
