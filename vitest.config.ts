import { defineConfig } from 'vitest/config'

/** Integration tests that start no browser, but for a program of one: they may run beside others, and mostly wait. */
const withoutBrowser = [
  'packages/{model-store,onnx}/test/integration/**/*.test.ts',
  'packages/browser-bridge/test/integration/{files,flowControl,handshake,hostileSocket}.test.ts',
  'packages/browser-bridge/test/integration/{joinedDevice,liveness,reload,resume,security}.test.ts',
  'packages/browser-bridge/test/integration/node/*.test.ts',
  'tools/*/test/integration/**/*.test.ts',
]

/**
 * With browsers, and held to no time: two files at a time take two thirds of what they take one after the other, since
 * half of a browser's start is waiting. What one of them kills is its own.
 */
const withoutClock = [
  'apps/cli/test/integration/{join,output,uncaught,wrongInput}.test.ts',
  'packages/browser-bridge/test/integration/{launch,readme,reaping,streams}.test.ts',
  'packages/browser-bridge/test/integration/browsers/{connect,options}.test.ts',
  'packages/browser-bridge/test/integration/page/{engines,graphs,join,keptFiles,largeTensors,tasks}.test.ts',
  'packages/core/test/integration/*.test.ts',
  'packages/pool/test/integration/{batching,browsers,join,modelOptions,models,readme,streaming}.test.ts',
]

// Four projects: units and what starts no browser run side by side; after them the browsers that may be beside another;
// then those one file after the other that may not, because browsers that start at once on two cores measure each other.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Not 0: with one worker that order is run last.
          sequence: { groupOrder: 1 },
          maxWorkers: '100%',
          include: ['{packages,apps}/*/test/**/*.test.ts', 'tools/*/test/**/*.test.ts'],
          exclude: ['**/integration/**', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          // Before the units by its name: its longest files are the longest of both.
          name: 'sockets',
          sequence: { groupOrder: 1 },
          maxWorkers: '100%',
          include: withoutBrowser,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'browsers',
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
          include: withoutClock,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'integration',
          sequence: { groupOrder: 3 },
          include: ['{packages,apps}/*/test/integration/**/*.test.ts'],
          exclude: [...withoutBrowser, ...withoutClock, '**/node_modules/**'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
