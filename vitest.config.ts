import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/setup/build.ts',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two days of an embedded cloud live side by side on two cores; in CI, where every long day is lived too, one after another.
    maxWorkers: process.env.CI ? 1 : 2,
  },
})
