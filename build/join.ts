import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'

/**
 * Makes index.js in `folder` and the files that come with it at once one file: a start pays for each file that it finds, reads and links. What is
 * loaded later takes from index.js what it took from the others. `how` is what the folder was built with. Throws where a file that is gone is still named.
 */
export async function joinStart(folder: string, { outputs }: Metafile, how: BuildOptions): Promise<void> {
  const gone = startOf(outputs).filter(file => file !== 'index.js')
  if (gone.length === 0) return
  const exported = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output.exports]))
  const again = gone.map((file, at) => `export {${exported.get(file)?.map(name => `${name} as ${inOne(name, at)}`)}} from './${file}'`)
  const contents = [`export * from './index.js'`, ...again].join('\n')
  const joined = await build({ ...how, stdin: { contents, resolveDir: folder }, bundle: true, write: false, plugins: [leaveLate] })
  await writeFile(join(folder, 'index.js'), joined.outputFiles[0]?.contents ?? '')
  for (const file of gone) await rm(join(folder, file))
  for (const file of (await readdir(folder)).filter(name => name.endsWith('.js'))) {
    const text = await readFile(join(folder, file), 'utf8')
    const other = fromIndex(text, gone)
    const named = gone.find(one => other.includes(`"./${one}"`))
    if (named !== undefined) throw new Error(`${file} still asks for ${named}, which is part of index.js now: adapt build/join.ts`)
    if (other !== text) await writeFile(join(folder, file), other)
  }
}

/** index.js and all that it imports at once, following no `import()`. */
function startOf(outputs: Metafile['outputs']): string[] {
  const seen = new Set<string>()
  const follow = (path: string) => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) if (kind === 'import-statement' && !external) follow(next)
  }
  for (const path of Object.keys(outputs).filter(one => basename(one) === 'index.js')) follow(path)
  return [...seen].map(path => basename(path))
}

/** `import{a,b as c}from"./gone.js"` takes `a` and `b` from index.js, by the names that they have there. */
function fromIndex(text: string, gone: readonly string[]): string {
  return text.replace(
    /\b(import|export)(?:\{([^{}]*)\}from)?"\.\/([\w-]+\.js)"/g,
    (whole, word: string, names: string | undefined, file: string) => {
      const at = gone.indexOf(file)
      if (at < 0) return whole
      if (names === undefined) return `${word}"./index.js"`
      const renamed = names.split(',').map(one => {
        const [name = '', as = name] = one.split(/\s+as\s+/)
        return `${inOne(name, at)} as ${as}`
      })
      return `${word}{${renamed}}from"./index.js"`
    },
  )
}

/** Two files may export the same name. */
const inOne = (name: string, at: number): string => `${name}$${at}`

const leaveLate: Plugin = {
  name: 'leave late',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path, kind }) => (kind === 'dynamic-import' ? { path, external: true } : undefined))
  },
}
