import { describe, expect, it } from 'vitest'
import { nearNames } from '../src/nearNames.ts'

describe('names that somebody may have meant', () => {
  const known = ['bert-mini', 'bert-base', 'vit-tiny', 'whisper-tiny']

  it.each([
    ['bert-mni', ['bert-mini']],
    ['BERT-MINY', ['bert-mini']],
    ['vit', ['vit-tiny']],
    ['llama', []],
  ])('%s', (name, expected) => {
    expect(nearNames(name, known)).toEqual(expected)
  })
})
