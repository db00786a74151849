// What a model is for, and the task that each type means. Words alone: what a type has tried first is
// routing/preferences.ts's.

import type { TaskType } from '@shoal/browser-bridge'

/** What a model is for; it chooses the task, what is tried first and the sample for warming up. */
export type ModelType = TaskType | 'graph'

export const taskOf: Readonly<Record<ModelType, string | undefined>> = {
  text_embedding: 'feature-extraction',
  vision: 'image-feature-extraction',
  audio: 'audio-feature-extraction',
  text_generation: 'text-generation',
  multimodal: 'zero-shot-image-classification',
  graph: undefined,
}

export const modelTypes = Object.keys(taskOf) as readonly ModelType[]
