import { defineConfig } from 'vitest/config'

/** Integration tests that start no browser, but for a program of one: they may run beside others, and mostly wait. */
const withoutBrowser = [
  'packages/{model-store,onnx}/test/integration/**/*.test.ts',
  'packages/browser-bridge/test/integration/{files,flowControl,handshake,hostileSocket}.test.ts',
  'packages/browser-bridge/test/integration/{joinedDevice,liveness,reload,resume,security}.test.ts',
  'packages/browser-bridge/test/integration/node/*.test.ts',
  'tools/*/test/integration/**/*.test.ts',
]

// Three projects: units and what starts no browser run side by side; after them what has real browsers, one file after
// the other, because browsers that start at once on two cores measure each other.
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
          name: 'integration',
          sequence: { groupOrder: 2 },
          include: ['{packages,apps}/*/test/integration/**/*.test.ts'],
          exclude: [...withoutBrowser, '**/node_modules/**'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
