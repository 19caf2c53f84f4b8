import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import type { Plugin } from 'esbuild'
import { wordsOfFolders } from './slim.ts'

/**
 * Gives a CommonJS package that our code loads with `import()` the shape that Node gives it: `default` is its exports, and those of them whose
 * name occurs in `folders` are exports too. esbuild's split files export `default` alone, and every other name would be undefined.
 */
export function named(folders: readonly string[]): Plugin {
  return {
    name: 'named',
    setup({ onResolve, onLoad, resolve }) {
      let own: Promise<Set<string>> | undefined
      onResolve({ filter: /^[@\w]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (pluginData === asking || kind !== 'dynamic-import' || /[\\/]node_modules[\\/]/.test(importer)) return undefined
        const found = await resolve(path, { kind, resolveDir, importer, pluginData: asking })
        if (found.errors.length > 0 || found.external || !(await isCommonJs(found.path))) return undefined
        return { path, namespace: 'named', pluginData: { resolveDir } }
      })
      onLoad({ filter: /./, namespace: 'named' }, async ({ path, pluginData: { resolveDir } }) => {
        own ??= wordsOfFolders(folders)
        const wanted = await own
        const exported = createRequire(join(resolveDir, 'index.js'))(path)
        const names = Object.keys(exported).filter(name => name !== 'default' && /^[A-Za-z_$][\w$]*$/.test(name) && wanted.has(name))
        const lines = names.map(name => `export const ${name} = exported.${name}`)
        return {
          contents: [`const exported = require(${JSON.stringify(path)})`, 'export default exported', ...lines].join('\n'),
          resolveDir,
        }
      })
    },
  }
}

/** Marks a question to the other resolvers. */
const asking = Symbol('asking')

async function isCommonJs(file: string): Promise<boolean> {
  if (extname(file) !== '.js') return extname(file) === '.cjs'
  for (let folder = dirname(file); dirname(folder) !== folder; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined)
    if (text !== undefined) return JSON.parse(text).type !== 'module'
  }
  return true
}
