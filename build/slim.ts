import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'

/** Generated clients: one method per API call, of which this product makes a few. Whole, that of RDS alone costs 0.4 s at a cold start. */
const generated = /[\\/]@alicloud[\\/](rds20140815|fc20230330)[\\/]dist[\\/](client|models[\\/]model)\.js$/

/**
 * Leaves out of the generated SDK clients every call and every model whose name occurs nowhere in `folders`. What was left out and is called
 * after all fails as "is not a function". Throws where a client no longer has the shape that it reads.
 */
export function slim(folders: readonly string[]): Plugin {
  return {
    name: 'slim',
    setup({ onLoad }) {
      let own: Promise<Set<string>> | undefined
      onLoad({ filter: generated }, async ({ path }) => {
        own ??= wordsOfFolders(folders)
        const source = await readFile(path, 'utf8')
        if (/client\.js$/.test(path)) return { contents: slimClient(source, await own, path) }
        const client = await readFile(join(path, '../../client.js'), 'utf8')
        const wanted = new Set([...(await own), ...wordsOf(slimClient(client, await own, path))])
        return { contents: slimModels(source, wanted, path) }
      })
    },
  }
}

const method = /^ {4}(?:\/\*\*\n(?: {5}\*.*\n)+ {4})?async (\w+)\(.*\{\n[\s\S]*?^ {4}\}\n/gm

/** A kept call keeps what it calls itself: `describeRegions` needs `describeRegionsWithOptions`. */
export function slimClient(source: string, own: ReadonlySet<string>, path: string): string {
  const methods = new Map([...source.matchAll(method)].map(([text, name = '']) => [name, text]))
  if (methods.size < 20) throw new Error(`${path}: its methods are not where they were: adapt build/slim.ts`)
  const kept = new Set<string>()
  const keep = (name: string) => {
    const text = methods.get(name)
    if (text === undefined || kept.has(name)) return
    kept.add(name)
    for (const [, called = ''] of text.matchAll(/this\.(\w+)\(/g)) keep(called)
  }
  for (const name of own) keep(name)
  return source.replace(method, (text, name: string) => (kept.has(name) ? text : ''))
}

/** The name that is exported, `DescribeDBInstancesRequest`: that of its file is another, `DescribeDbinstancesRequest`. */
const model = /^var \w+_\d+ = require\("\.\/\w+"\);\nObject\.defineProperty\(exports, "(\w+)", .*\n/gm

export function slimModels(source: string, wanted: ReadonlySet<string>, path: string): string {
  const count = [...source.matchAll(model)].length
  if (count < 20) throw new Error(`${path}: its models are not where they were: adapt build/slim.ts`)
  return source.replace(/^exports\.\w+ = .*void 0;\n/gm, '').replace(model, (text, name: string) => (wanted.has(name) ? text : ''))
}

/** Every word of the TypeScript files in these folders: what is in none of them is used by none of them. */
export async function wordsOfFolders(folders: readonly string[]): Promise<Set<string>> {
  const words = new Set<string>()
  for (const folder of folders) {
    const files = await readdir(folder, { recursive: true }).catch(() => [])
    for (const file of files.filter(name => name.endsWith('.ts'))) {
      for (const word of wordsOf(await readFile(join(folder, file), 'utf8'))) words.add(word)
    }
  }
  return words
}

function wordsOf(text: string): string[] {
  return text.match(/[\w$]+/g) ?? []
}
