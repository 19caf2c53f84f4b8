import { defineConfig } from 'vitest/config'

/** The tests of the domain alone, in one context: it is made anew for each mutant. */
export default defineConfig({
  test: { include: ['test/domain/**/*.test.ts'], setupFiles: ['test/mutation/draws.ts'], isolate: false },
})
