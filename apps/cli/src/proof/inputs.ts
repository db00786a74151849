// What the proofs feed their models: sentences, pictures and sounds made here, the same on every run. They carry
// no meaning to seeded weights; they differ from one another, so that answers can be told apart.

import type { AudioSamples, ModelInput, RawPixels } from '@shoal/pool'

const sentences = [
  'A shoal turns as one, though no fish commands it.',
  'The browser on the left has stopped answering.',
  'Send each request to the lane expected to finish it first.',
  'What dies is started again; what was accepted is answered.',
  'Seven grey herons stood in the shallow water.',
  'Measure, and write down what was measured.',
  'Rain is expected in the north by the evening.',
  'Two threads, one lock, and no surprises.',
]

const side = 64
const rate = 16_000

export const texts: readonly string[] = sentences

/** Pictures of interfering waves, `side` × `side`, RGB. */
export const images: ReadonlyArray<{ readonly image: RawPixels }> = sentences.map((_, index) => {
  const data = new Uint8Array(side * side * 3)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = (y * side + x) * 3
      for (let channel = 0; channel < 3; channel++) {
        const wave = Math.sin((x * (index + 1)) / 9 + channel) + Math.cos((y * (channel + 1 + index)) / 7)
        data[at + channel] = Math.round((wave + 2) * 63)
      }
    }
  }
  return { image: { width: side, height: side, channels: 3, data } }
})

/** One second of two tones each. */
export const sounds: ReadonlyArray<{ readonly audio: AudioSamples }> = sentences.map((_, index) => {
  const samples = new Float32Array(rate)
  const [low, high] = [110 * (index + 2), 440 + 97 * index]
  for (let at = 0; at < samples.length; at++) {
    const t = (2 * Math.PI * at) / rate
    samples[at] = 0.5 * Math.sin(low * t) + 0.3 * Math.sin(high * t)
  }
  return { audio: { samples, samplingRate: rate } }
})

export type ProofInputs = readonly ModelInput[]
