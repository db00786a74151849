// The table of tasks, held against Transformers.js' own: read from its source, since its list is not exported.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { TaskInput } from '../../src/protocol/messages.ts'
import { modalityOf, taskInputFault, tasks } from '../../src/protocol/tasks.ts'

const source = readFileSync(
  new URL('../src/pipelines/index.js', import.meta.resolve('@huggingface/transformers')),
  'utf8',
)
const block = (name: string) =>
  new RegExp(`${name} = Object\\.freeze\\(\\{\\n(.*?)\\n\\}\\)`, 's').exec(source)?.[1] ?? ''
const theirTasks = [...block('SUPPORTED_TASKS').matchAll(/^ {4}'?([\w-]+)'?: \{/gm)].map(([, task]) => task)
const theirAliases = [...block('TASK_ALIASES').matchAll(/^ {4}'?([\w-]+)'?: '([\w-]+)'/gm)].map(
  ([, alias = '', task = '']) => [alias, task] as const,
)

describe('the table of tasks', () => {
  it("has every task of Transformers.js, and one of Shoal's own", () => {
    expect(theirTasks).toHaveLength(25)
    expect(tasks.toSorted()).toEqual([...theirTasks, 'audio-feature-extraction'].toSorted())
  })

  it('has its aliases, which say what their task says', () => {
    expect(theirAliases).toHaveLength(5)
    for (const [alias, task] of theirAliases) {
      expect(modalityOf(task)).toBeDefined()
      expect(modalityOf(alias)).toEqual(modalityOf(task))
    }
  })

  it.each([
    ['text', 'feature-extraction'],
    ['text', 'fill-mask'],
    ['text + context', 'question-answering'],
    ['text', 'text-classification'],
    ['text', 'sentiment-analysis'],
    ['text', 'token-classification'],
    ['text + labels', 'zero-shot-classification'],
    ['text', 'summarization'],
    ['text', 'text-generation'],
    ['text', 'text2text-generation'],
    ['text', 'translation'],
    ['text', 'translation_en_to_fr'],
    ['text', 'text-to-audio'],
    ['text', 'text-to-speech'],
    ['image', 'background-removal'],
    ['image', 'depth-estimation'],
    ['image + question', 'document-question-answering'],
    ['image', 'image-classification'],
    ['image', 'image-feature-extraction'],
    ['image', 'image-segmentation'],
    ['image', 'image-to-image'],
    ['image', 'image-to-text'],
    ['image', 'object-detection'],
    ['image + labels', 'zero-shot-image-classification'],
    ['image + labels', 'zero-shot-object-detection'],
    ['audio', 'audio-classification'],
    ['audio', 'audio-feature-extraction'],
    ['audio', 'automatic-speech-recognition'],
    ['audio', 'asr'],
    ['audio + labels', 'zero-shot-audio-classification'],
  ])('%s: %s', (wanted, task) => {
    const kind = modalityOf(task)
    expect([kind?.takes, kind?.beside].filter(part => part !== undefined).join(' + ')).toBe(wanted)
  })

  it.each(['', '_', 'asr_x', 'visual-question-answering', 'constructor', '__proto__'])(
    "says nothing of '%s', which is none",
    task => {
      expect(modalityOf(task)).toBeUndefined()
    },
  )
})

describe('an input for a task', () => {
  const image = 'encoded'
  const audio = { samplingRate: 16_000 }
  const fault = (task: string, input: Omit<TaskInput, 'kind'>) =>
    taskInputFault(task, { kind: 'task', ...input })

  it.each<[string, Omit<TaskInput, 'kind'>]>([
    ['feature-extraction', { text: '' }],
    ['feature-extraction', { text: ['a', 'b'] }],
    ['question-answering', { text: 'who?', args: ['a story'] }],
    ['image-to-text', { image }],
    ['zero-shot-image-classification', { image, text: ['a cat', 'a dog'] }],
    ['zero-shot-image-classification', { image, args: [['a cat', 'a dog']] }],
    ['document-question-answering', { image, text: 'how much?' }],
    ['asr', { audio }],
    ['text-to-speech', { text: 'hello' }],
  ])('%s takes %o', (task, input) => {
    expect(fault(task, input)).toBeUndefined()
  })

  it.each<[string, Omit<TaskInput, 'kind'>, string]>([
    ['feature-extraction', {}, "task 'feature-extraction' takes text, got nothing"],
    ['feature-extraction', { text: 'a', image }, "task 'feature-extraction' takes text, got text and image"],
    ['image-classification', { text: 'a' }, "task 'image-classification' takes image, got text"],
    [
      'image-classification',
      { image, text: 'a' },
      "task 'image-classification' takes image, got text and image",
    ],
    ['asr', { image }, "task 'asr' takes audio, got image"],
    [
      'document-question-answering',
      { image },
      "task 'document-question-answering' takes image and text (question), got image",
    ],
    [
      'question-answering',
      { text: 'who?' },
      "task 'question-answering' takes text and args (context), got text",
    ],
  ])('%s refuses %o: %s', (task, input, why) => {
    expect(fault(task, input)).toBe(why)
  })

  it('is refused for a task that there is not, with those that there are', () => {
    expect(fault('to-paint', { text: 'a' })).toMatch(
      /^there is no task 'to-paint'; use one of feature-extraction, /,
    )
  })
})
