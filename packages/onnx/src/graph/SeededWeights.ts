// Where seeded models get their weights: a stream of uniform numbers for each weight's name and one seed. A
// weight depends on its own name alone, so adding a layer leaves the others as they were. Uniform and not
// normal on purpose: only +, × and shifts are used, so every engine gives the same bits (Math.log need not).
// Sources: xoshiro128++ 1.0, Blackman & Vigna 2019 (https://prng.di.unimi.it/xoshiro128plusplus.c); its state
// is filled by SplitMix's recipe (Steele, Lea & Flood 2014, 32-bit, MurmurHash3 finaliser) from FNV-1a.

export class SeededWeights {
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  /** `count` float32 values uniform in [centre − bound, centre + bound). Variance is bound² ÷ 3. */
  uniform(name: string, count: number, bound: number, centre = 0): Float32Array<ArrayBuffer> {
    const values = new Float32Array(count)
    const state = this.#stateOf(name)
    let [s0, s1, s2, s3] = state
    const scale = (bound * 2) / 2 ** 24
    const low = centre - bound
    for (let i = 0; i < count; i++) {
      const sum = (s0 + s3) | 0
      const next = (((sum << 7) | (sum >>> 25)) + s0) | 0
      const t = s1 << 9
      s2 ^= s0
      s3 ^= s1
      s1 ^= s2
      s0 ^= s3
      s2 ^= t
      s3 = (s3 << 11) | (s3 >>> 21)
      values[i] = (next >>> 8) * scale + low
    }
    return values
  }

  #stateOf(name: string): [number, number, number, number] {
    let hash = 0x811c9dc5
    for (const char of `${this.#seed}/${name}`)
      hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
    const next = (): number => {
      hash = (hash + 0x9e3779b9) | 0
      let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
      return mixed ^ (mixed >>> 16)
    }
    return [next(), next(), next(), next()]
  }
}
