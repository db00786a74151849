// What every report of a proof says of itself.

export const weightsNote =
  'Seeded weights are random: they show that the arithmetic is right and how fast it is, never an answer that makes sense. A software adapter shows correctness, never speed.'
