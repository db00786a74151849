// What a seeded architecture is: named sizes, the graphs it consists of, and the Hugging Face files that go with
// them. A description, not a writer: `folder/` writes it to disk.
import type { GraphBuilder } from '../graph/GraphBuilder.ts'

export type Size = 'tiny' | 'mini' | 'base'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** One ONNX file of a model: `file` without folder, dtype suffix or `.onnx` ('model', 'encoder_model', …). */
export interface GraphFile {
  readonly file: string
  /** Other names under which the same bytes are found, because different loaders look for different ones. */
  readonly alsoAs?: readonly string[]
  readonly build: (g: GraphBuilder) => void
}

export interface VocabularyRequest {
  /** Tokens in all. */
  readonly size: number
  /** Most tokens that the model takes. */
  readonly maxLength: number
  /** The class that Transformers.js is to load it as; BertTokenizer where nothing is said. */
  readonly tokenizerClass?: string
  /** Special tokens that take the highest ids. */
  readonly last?: readonly string[]
}

export interface Architecture<P extends object> {
  /** Presets. 'tiny' is for tests and demos, 'mini' for benches, 'base' the size its paper calls base. */
  readonly sizes: Readonly<Record<Size, P>>
  /** What is wrong with these parameters, as 'option: what', or undefined. */
  readonly check: (params: P) => string | undefined
  readonly graphs: (params: P) => readonly GraphFile[]
  readonly config: (params: P) => JsonObject
  /** The tokenizer to make, where the model reads or writes text. */
  readonly vocabulary?: (params: P) => VocabularyRequest
  readonly preprocessor?: (params: P) => JsonObject
  readonly generation?: (params: P) => JsonObject
  /** The Transformers.js task that feeds this model, or 'graph' where only raw tensors do. */
  readonly task: string
}

const leastVocabulary = 128

/** What is wrong with sizes: one that is no positive whole number, heads that do not divide, a vocabulary too small. */
export function checkSizes(params: object): string | undefined {
  const sizes = params as Readonly<Record<string, unknown>>
  for (const [name, value] of Object.entries(sizes))
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      return `${name}: must be a whole number from 1 up, not ${String(value)}`
  const { hiddenSize, heads, vocabSize } = sizes as Partial<Record<string, number>>
  if (vocabSize !== undefined && vocabSize < leastVocabulary)
    return `vocabSize: must be ${leastVocabulary} or more (special tokens and characters), not ${vocabSize}`
  if (hiddenSize !== undefined && heads !== undefined && hiddenSize % heads !== 0)
    return `heads: must divide hiddenSize ${hiddenSize}, which ${heads} does not`
  return undefined
}
