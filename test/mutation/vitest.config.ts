import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const draws = fileURLToPath(new URL('draws.ts', import.meta.url))
const drawsCases = (file: TestSpecification): number => Number(readFileSync(file.moduleId, 'utf8').includes("from 'fast-check'"))

/** Tables before properties: they find most mutants, and in milliseconds. */
class TablesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.sort((a, b) => drawsCases(a) - drawsCases(b))
  }
}

/** The tests of the domain alone, in one context: it is made anew for each mutant, and loads fast-check only for what draws. */
export default defineConfig({
  plugins: [
    {
      name: 'same-draws',
      enforce: 'pre',
      resolveId: (wanted, importer) => (wanted === 'fast-check' && importer !== draws ? draws : undefined),
    },
  ],
  test: { include: ['test/domain/**/*.test.ts'], isolate: false, sequence: { sequencer: TablesFirst } },
})
