// What a model runs on, beside the message's tensors. What each task takes is tasks.ts'.

/**
 * What a task runs on, as Transformers.js takes it. Images are the tensors named 'image' in order (uint8): encoded
 * files (png, jpeg, …), or raw rows of pixels. Audio clips are the tensors named 'audio' (float32, mono, −1 … 1).
 */
export interface TaskInput {
  readonly kind: 'task'
  readonly text?: string | readonly string[]
  readonly image?:
    | 'encoded'
    | { readonly width: number; readonly height: number; readonly channels: 1 | 2 | 3 | 4 }
  readonly audio?: { readonly samplingRate: number }
  /** Further positional arguments of the pipeline (e.g. candidate labels), before its options. */
  readonly args?: readonly unknown[]
  readonly options?: Readonly<Record<string, unknown>>
}

/** The message's tensors are the graph's inputs, by name. */
export interface TensorInput {
  readonly kind: 'tensors'
}

export type RunInput = TensorInput | TaskInput
