// The door of @shoal/core/testing.

export { type FaultRates, type Faults, InjectedFault, makeFaults } from './Faults.ts'
export type { Probe } from './Probe.ts'
export { startTestSystem, type TestOptions, type TestSystem } from './TestSystem.ts'
export { VirtualClock } from './VirtualClock.ts'
