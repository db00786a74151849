// The door for benches: `import { type Bench, paired } from '@shoal/tools/bench'`.

export type { Bench, BenchContext, Row } from './Bench.ts'
export {
  type Measured,
  type Paired,
  type PairedOptions,
  type PairedRow,
  paired,
  pairedRow,
  pairOf,
} from './paired.ts'
export { quantile, type Sample, sampleOf } from './Sample.ts'
