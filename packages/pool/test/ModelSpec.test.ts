import { describe, expect, it } from 'vitest'
import { InvalidOption, UnsupportedOption } from '../src/errors.ts'
import { type ModelSpec, resolveSpec, specKey } from '../src/ModelSpec.ts'

describe('resolveSpec', () => {
  const tasks: readonly [ModelSpec, string, string | undefined][] = [
    [{ name: 'bert', type: 'text_embedding' }, 'text_embedding', 'feature-extraction'],
    [{ name: 'vit', type: 'vision' }, 'vision', 'image-feature-extraction'],
    [{ name: 'whisper', type: 'audio' }, 'audio', 'audio-feature-extraction'],
    [{ name: 'digits.onnx' }, 'graph', undefined],
    [{ name: 'x', task: 'object-detection' }, 'vision', 'object-detection'],
    [{ name: 'x', task: 'automatic-speech-recognition' }, 'audio', 'automatic-speech-recognition'],
    [{ name: 'x', task: 'text-generation' }, 'text_generation', 'text-generation'],
  ]
  it.each(tasks)('fills in the type and the task of %o', (spec, type, task) => {
    expect(resolveSpec(spec)).toMatchObject({ type, task })
  })

  const wrong: readonly [string, ModelSpec, typeof InvalidOption | typeof UnsupportedOption][] = [
    ['an empty name', { name: ' ' }, InvalidOption],
    ['a platform nobody has', { name: 'x', platform: 'cuda' as 'wasm' }, InvalidOption],
    ['a type nobody has', { name: 'x', type: 'smell' as 'vision' }, InvalidOption],
    ['a dtype nobody has', { name: 'x', dtype: 'fp8' as 'fp16' }, InvalidOption],
    ['a trust nobody has', { name: 'x', trust: 'joined' as 'any' }, InvalidOption],
    ['a task that there is not', { name: 'x', task: 'mind-reading' }, InvalidOption],
    ['a graph with a task', { name: 'x', type: 'graph', task: 'fill-mask' }, InvalidOption],
    ['a dtype nobody has for a part', { name: 'x', dtype: { a: 'fp8' as 'fp16' } }, InvalidOption],
    ['dtypes of parts for a graph', { name: 'x.onnx', dtype: { model: 'fp16' } }, InvalidOption],
    ['a fallback nobody has', { name: 'x', fallback: ['cuda' as 'wasm'] }, InvalidOption],
    ['no thread', { name: 'x', threads: 0 }, InvalidOption],
    ['an option that there is not', { name: 'x', colour: 'red' } as ModelSpec, InvalidOption],
    ['no name', {} as ModelSpec, InvalidOption],
    ['a type that every object has', { name: 'x', type: 'toString' as 'vision' }, InvalidOption],
    ['a fallback that is no list', { name: 'x', fallback: 'wasm' as unknown as ['wasm'] }, InvalidOption],
    [
      'an optimization that there is not',
      { name: 'x', optimizations: { precompileShader: true } as object },
      InvalidOption,
    ],
    ['a batching rule that there is not', { name: 'x', batching: { maxSise: 3 } as object }, InvalidOption],
    ['batching that is a number', { name: 'x', batching: 5 as unknown as true }, InvalidOption],
    ['several lanes on a page', { name: 'x', lanes: 2 } as ModelSpec, UnsupportedOption],
    [
      'a preference among adapters',
      { name: 'x', powerPreference: 'low-power' } as ModelSpec,
      UnsupportedOption,
    ],
    ['compute shaders for text', { name: 'x', optimizations: { computeShaders: true } }, UnsupportedOption],
    [
      'compute shaders on WASM',
      { name: 'x', type: 'audio', platform: 'wasm', optimizations: { computeShaders: true } },
      UnsupportedOption,
    ],
  ]
  it.each(wrong)('refuses %s, saying what to do', (_, spec, error) => {
    expect(resolveSpec(spec)).toBeInstanceOf(error)
  })

  it('gives specs that ask for the same thing the same key, and others another', () => {
    const keyOf = (spec: ModelSpec) => {
      const resolved = resolveSpec(spec)
      if (resolved instanceof Error) throw resolved
      return specKey(resolved)
    }
    expect(keyOf({ name: 'x', type: 'text_embedding' })).toBe(
      keyOf({ name: 'x', task: 'feature-extraction' }),
    )
    expect(keyOf({ name: 'x' })).not.toBe(keyOf({ name: 'x', dtype: 'fp16' }))
    expect(keyOf({ name: 'x' })).not.toBe(keyOf({ name: 'x', threads: 2 }))
    expect(keyOf({ name: 'x' })).not.toBe(keyOf({ name: 'x', fallback: ['webgpu'] }))
    expect(keyOf({ name: 'x', dtype: { a: 'q8', b: 'fp16' } })).toBe(
      keyOf({ name: 'x', dtype: { b: 'fp16', a: 'q8' } }),
    )
    expect(keyOf({ name: 'x' })).toBe(keyOf({ name: 'x', trust: 'own' }))
    expect(keyOf({ name: 'x' })).not.toBe(keyOf({ name: 'x', trust: 'any' }))
  })
})
