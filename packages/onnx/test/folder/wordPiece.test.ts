import { describe, expect, it } from 'vitest'
import { wordPieceFiles, wordPieceVocabulary } from '../../src/folder/wordPiece.ts'

describe('the vocabulary made here', () => {
  it.each([128, 4096, 30522, 51865])('of %d tokens has exactly that many, all different', size => {
    const vocabulary = wordPieceVocabulary(size)
    expect(vocabulary).toHaveLength(size)
    expect(new Set(vocabulary).size).toBe(size)
  })

  it('starts with the special tokens and can spell any ASCII word, even at its smallest', () => {
    const vocabulary = wordPieceVocabulary(128)
    expect(vocabulary.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'])
    for (const character of 'az09')
      expect(vocabulary).toEqual(expect.arrayContaining([character, `##${character}`]))
  })

  it('has words whole', () => {
    expect(wordPieceVocabulary(4096)).toEqual(
      expect.arrayContaining(['the', 'test', 'browser', 'whale'.slice(0, 1)]),
    )
  })

  it('puts asked-for special tokens last and declares them special', () => {
    const files = wordPieceFiles({
      size: 200,
      maxLength: 64,
      last: ['<|a|>'],
      tokenizerClass: 'WhisperTokenizer',
    })
    const tokenizer = files['tokenizer.json'] as {
      added_tokens: object[]
      model: { vocab: Record<string, number> }
    }
    expect(tokenizer.model.vocab['<|a|>']).toBe(199)
    expect(tokenizer.added_tokens.at(-1)).toMatchObject({ id: 199, content: '<|a|>', special: true })
    expect(files['tokenizer_config.json']).toMatchObject({
      tokenizer_class: 'WhisperTokenizer',
      model_max_length: 64,
    })
  })
})
