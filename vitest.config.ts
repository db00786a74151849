import { defineConfig } from 'vitest/config'

// Two projects: units run side by side; after them integration (real browsers, sockets, files), one file after
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
          name: 'integration',
          sequence: { groupOrder: 2 },
          include: [
            '{packages,apps}/*/test/integration/**/*.test.ts',
            'tools/*/test/integration/**/*.test.ts',
          ],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
