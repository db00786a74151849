// What each task of Transformers.js 4.3 takes and what it is for: the one table of it, read by the page when it calls
// a pipeline and by the host when it checks an input at the door. It knows no engine.

import type { TaskInput } from './messages.ts'

const modalities = ['text', 'image', 'audio'] as const
export type Modality = (typeof modalities)[number]

/** What a task is for. Browsers are preferred by it; what the task takes is `takes`, not this. */
export type TaskType = 'text_embedding' | 'text_generation' | 'vision' | 'audio' | 'multimodal'

export interface TaskKind {
  /** What the pipeline's first argument is. */
  readonly takes: Modality
  /**
   * The text that the task needs besides it, as the pipeline's second argument; absent where it needs none. Beside an
   * image or a clip it is TaskInput's `text`, beside text it is the first of its `args`.
   */
  readonly beside?: 'labels' | 'question' | 'context'
  readonly type: TaskType
  /** It writes text token by token: its answer can come in parts, and ends between two tokens when cancelled. */
  readonly writes?: true
}

const kinds: Readonly<Record<string, TaskKind>> = {
  'feature-extraction': { takes: 'text', type: 'text_embedding' },
  'fill-mask': { takes: 'text', type: 'text_embedding' },
  'question-answering': { takes: 'text', beside: 'context', type: 'text_embedding' },
  'text-classification': { takes: 'text', type: 'text_embedding' },
  'token-classification': { takes: 'text', type: 'text_embedding' },
  'zero-shot-classification': { takes: 'text', beside: 'labels', type: 'text_embedding' },
  summarization: { takes: 'text', type: 'text_generation', writes: true },
  'text-generation': { takes: 'text', type: 'text_generation', writes: true },
  'text2text-generation': { takes: 'text', type: 'text_generation', writes: true },
  translation: { takes: 'text', type: 'text_generation', writes: true },
  'background-removal': { takes: 'image', type: 'vision' },
  'depth-estimation': { takes: 'image', type: 'vision' },
  'image-classification': { takes: 'image', type: 'vision' },
  'image-feature-extraction': { takes: 'image', type: 'vision' },
  'image-segmentation': { takes: 'image', type: 'vision' },
  'image-to-image': { takes: 'image', type: 'vision' },
  'object-detection': { takes: 'image', type: 'vision' },
  'audio-classification': { takes: 'audio', type: 'audio' },
  'automatic-speech-recognition': { takes: 'audio', type: 'audio', writes: true },
  'text-to-audio': { takes: 'text', type: 'audio' },
  'zero-shot-audio-classification': { takes: 'audio', beside: 'labels', type: 'audio' },
  'document-question-answering': { takes: 'image', beside: 'question', type: 'multimodal' },
  'image-to-text': { takes: 'image', type: 'multimodal', writes: true },
  'zero-shot-image-classification': { takes: 'image', beside: 'labels', type: 'multimodal' },
  'zero-shot-object-detection': { takes: 'image', beside: 'labels', type: 'multimodal' },
  /** Shoal's own: an audio model's encoder, for which Transformers.js has no pipeline. */
  'audio-feature-extraction': { takes: 'audio', type: 'audio' },
}

const aliases: Readonly<Record<string, string>> = {
  asr: 'automatic-speech-recognition',
  embeddings: 'feature-extraction',
  ner: 'token-classification',
  'sentiment-analysis': 'text-classification',
  'text-to-speech': 'text-to-audio',
}

/** Every task under its full name. */
export const tasks: readonly string[] = Object.keys(kinds)

/**
 * By a task's name, its alias, or its name with what Transformers.js lets follow an underscore
 * ('translation_en_to_fr'); undefined where there is no such task.
 */
export function modalityOf(task: string): TaskKind | undefined {
  const name = Object.hasOwn(aliases, task) ? aliases[task] : task.split('_', 1)[0]
  return name !== undefined && Object.hasOwn(kinds, name) ? kinds[name] : undefined
}

/** Why the task cannot take this input, to follow a model's name, or undefined where it can. */
export function taskInputFault(
  task: string,
  { text, image, audio, args = [] }: TaskInput,
): string | undefined {
  const kind = modalityOf(task)
  if (kind === undefined) return `there is no task '${task}'; use one of ${tasks.join(', ')}`
  const { takes, beside } = kind
  const given = { text: text !== undefined, image: image !== undefined, audio: audio !== undefined }
  const besideMedia = takes !== 'text' && beside !== undefined
  const complete = given[takes] && (beside === undefined || args.length > 0 || (besideMedia && given.text))
  const got = modalities.filter(modality => given[modality])
  const extra = got.some(modality => modality !== takes && !(besideMedia && modality === 'text'))
  if (complete && !extra) return undefined
  const wanted = beside === undefined ? takes : `${takes} and ${besideMedia ? 'text' : 'args'} (${beside})`
  return `task '${task}' takes ${wanted}, got ${got.length === 0 ? 'nothing' : got.join(' and ')}`
}
