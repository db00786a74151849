// A WordPiece tokenizer in Hugging Face's tokenizer.json form, with a vocabulary made here: special tokens,
// characters, common words, syllables up to the wanted size. Any ASCII text tokenizes without [UNK]. The
// segmentation means nothing to a seeded model; it only has to be real work with varied ids.
// Source: Wu et al. 2016 (arXiv:1609.08144, WordPiece) as BERT uses it; the JSON form is that of Hugging Face's
// `tokenizers`.
import type { JsonObject, VocabularyRequest } from '../architectures/Architecture.ts'
import { words } from './words.ts'

export const specialTokens = { pad: 0, unknown: 1, start: 2, end: 3, mask: 4 } as const
const specials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const

/** Exactly `size` tokens, ids in order, `last` with the highest ids. */
export function wordPieceVocabulary(size: number, last: readonly string[] = []): string[] {
  const tokens = new Set<string>(specials)
  const characters = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).filter(
    c => !/[A-Z]/.test(c),
  )
  for (const character of characters) tokens.add(character)
  for (const character of characters) if (/[a-z0-9]/.test(character)) tokens.add(`##${character}`)
  for (const word of words) tokens.add(word)
  const syllables = makeSyllables(size)
  for (let i = 0; tokens.size < size; i++) {
    const syllable = syllables[i >> 1] as string
    tokens.add(i % 2 === 0 ? `##${syllable}` : syllable)
  }
  return [...[...tokens].slice(0, size - last.length), ...last]
}

/** tokenizer.json and tokenizer_config.json for that vocabulary. */
export function wordPieceFiles(request: VocabularyRequest): Record<string, JsonObject> {
  const { size, maxLength, tokenizerClass = 'BertTokenizer', last = [] } = request
  return {
    'tokenizer.json': tokenizerJson(wordPieceVocabulary(size, last), size - last.length),
    'tokenizer_config.json': {
      tokenizer_class: tokenizerClass,
      do_lower_case: true,
      model_max_length: maxLength,
      clean_up_tokenization_spaces: true,
      pad_token: '[PAD]',
      unk_token: '[UNK]',
      cls_token: '[CLS]',
      sep_token: '[SEP]',
      mask_token: '[MASK]',
    },
  }
}

function tokenizerJson(vocabulary: readonly string[], firstOfLast: number): JsonObject {
  const special = (content: string, id: number): JsonObject => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })
  const first = [token('[CLS]', 0), sequence('A', 0), token('[SEP]', 0)]
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      ...specials.map(special),
      ...vocabulary.slice(firstOfLast).map((content, i) => special(content, firstOfLast + i)),
    ],
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: first,
      pair: [...first, sequence('B', 1), token('[SEP]', 1)],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [specialTokens.start], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [specialTokens.end], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((text, id) => [text, id])),
    },
  }
}

function token(id: string, type: number): JsonObject {
  return { SpecialToken: { id, type_id: type } }
}

function sequence(id: string, type: number): JsonObject {
  return { Sequence: { id, type_id: type } }
}

/** At least `count` pronounceable pieces, shortest first: 'ba', 'be', …, 'bab', …, 'babad'. */
function makeSyllables(count: number): string[] {
  const consonants = [...'bcdfghjklmnprstvwz']
  const open = consonants.flatMap(consonant => [...'aeiouy'].map(vowel => consonant + vowel))
  const closed = open.flatMap(syllable => consonants.map(consonant => syllable + consonant))
  const long: string[] = []
  for (let i = 0; open.length + closed.length + long.length < count; i++) {
    const head = open[i % open.length] as string
    long.push(head + (closed[Math.floor(i / open.length) % closed.length] as string))
  }
  return [...open, ...closed, ...long]
}
