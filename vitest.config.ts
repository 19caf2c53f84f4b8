import { configDefaults, defineConfig } from 'vitest/config'

const days = 'test/chain/**/*.test.ts'
/** What keeps nothing between its calls, or puts back what it changed: to begin each of these files anew would take longer than to run it. */
const together = 'test/{adapters,contract,domain,formats,functions,local,page,shared}/**/*.test.ts'

export default defineConfig({
  test: {
    globalSetup: 'test/setup/build.ts',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        // Days of a whole embedded cloud: two live side by side on two cores; in CI, where every long day is lived too, one after another.
        test: { name: 'chain', include: [days], maxWorkers: process.env.CI ? 1 : 2, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: 'parts', include: [together], isolate: false, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, days, together],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
