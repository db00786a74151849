// How the weights of a graph file are stored, told by the end of its name as Transformers.js tells it.

/** File name endings in brackets: fp32 (none), fp16 (_fp16), q8 (_quantized), q4 (_q4), … */
export type Dtype = 'fp32' | 'fp16' | 'q8' | 'int8' | 'uint8' | 'q4' | 'q4f16' | 'bnb4'

/** One for each part of a model, by the stem of its graph (`encoder_model`, …); 'fp32' where one is not named. */
export type PartDtypes = Readonly<Record<string, Dtype>>

/** The dtype that is asked for of the graph with this stem. */
export function dtypeOfPart(dtype: Dtype | PartDtypes, stem: string): Dtype {
  if (typeof dtype === 'string') return dtype
  return Object.hasOwn(dtype, stem) ? (dtype[stem] ?? 'fp32') : 'fp32'
}

export const suffixes: Readonly<Record<Dtype, string>> = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
}

export const dtypes = Object.keys(suffixes) as readonly Dtype[]

/** 'model_fp16' → stem 'model' in fp16; 'mnist' → stem 'mnist' in fp32. */
export function splitDtype(baseName: string): { readonly stem: string; readonly dtype: Dtype } {
  for (const dtype of dtypes) {
    const suffix = suffixes[dtype]
    if (suffix !== '' && baseName.endsWith(suffix) && baseName.length > suffix.length) {
      return { stem: baseName.slice(0, -suffix.length), dtype }
    }
  }
  return { stem: baseName, dtype: 'fp32' }
}
