import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build, version } from 'esbuild'
import { parse } from 'yaml'
import { absent } from './absent.ts'
import { joinStart } from './join.ts'
import { named } from './named.ts'
import { slim } from './slim.ts'

/**
 * One built function. `built` is false where nothing had changed since the last time. Sizes are bytes: of all its code, of that gzipped, and
 * of index.js, all that a start loads before the handler is ready.
 */
export type Built = { name: string; folder: string; bytes: number; gzipped: number; atStart: number; built: boolean }

/** How a bundle was made and of what, `path → size and time`; and what came of it. */
type Record = Omit<Built, 'name' | 'folder' | 'built'> & { how: string; inputs: { [path: string]: string } }

const home = fileURLToPath(new URL('..', import.meta.url))

/** CommonJS packages inside an ES module ask for these names. */
const banner = [
  "import { createRequire as createRequireOf } from 'node:module'",
  "import { dirname as dirnameOf } from 'node:path'",
  "import { fileURLToPath as pathOf } from 'node:url'",
  'const require = createRequireOf(import.meta.url)',
  'const __filename = pathOf(import.meta.url)',
  'const __dirname = dirnameOf(__filename)',
].join(';')

/**
 * Bundles every functions/<name>.ts to dist/<name>/index.js, ES modules for Node 20 that need no node_modules, and lays policy.yaml beside
 * them where s.yaml lets the function read one. Skips what is up to date. `root` is the project's folder. Throws where something cannot be built.
 */
export async function bundleAll({ quiet = false, root = home }: { quiet?: boolean; root?: string } = {}): Promise<Built[]> {
  const files = await readdir(join(root, 'functions'))
  const names = files.filter(file => file.endsWith('.ts')).map(file => basename(file, '.ts'))
  const makers = ['bundle.ts', 'absent.ts', 'join.ts', 'named.ts', 'slim.ts'].map(file =>
    stamp(fileURLToPath(new URL(file, import.meta.url))),
  )
  // package.json says which files are there for their effects.
  const how = [version, ...(await Promise.all([...makers, stamp(join(root, 'package.json'))]))].join(' ')
  const all: Built[] = []
  for (const name of names) {
    const folder = join(root, 'dist', name)
    const before = await upToDate(folder, root, how)
    const { bytes, gzipped, atStart } = before ?? (await bundle(name, folder, root, how))
    const one = { name, folder, bytes, gzipped, atStart, built: before === undefined }
    if (!quiet) process.stdout.write(`${line(one, root)}\n`)
    all.push(one)
  }
  await layPolicy(names, root)
  return all
}

const output: BuildOptions = {
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Names stay as they are: a stack can be read, and keeping minified classes' names would cost 2 ms and 4 MB at every start.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'silent',
}

/** Code that a step loads only when it needs it lies in files of its own: an SDK that is not called costs no cold start. */
async function bundle(name: string, folder: string, root: string, how: string): Promise<Record> {
  const fresh = `${folder}.${process.pid}`
  const own = [join(root, 'functions'), join(root, 'shared')]
  const { metafile } = await build({
    ...output,
    absWorkingDir: root,
    entryPoints: [{ in: join(root, 'functions', `${name}.ts`), out: 'index' }],
    outdir: fresh,
    bundle: true,
    splitting: true,
    plugins: [absent, slim(own), named(own)],
    metafile: true,
  })
  await joinStart(fresh, metafile, output)
  const files = await readdir(fresh)
  const code = await Promise.all(files.map(file => withRequire(join(fresh, file))))
  await writeFile(join(fresh, 'package.json'), '{"type":"module"}\n')
  const gzipped = code.reduce((sum, text) => sum + gzipSync(text).length, 0)
  const bytes = code.reduce((sum, text) => sum + text.length, 0)
  const paths = Object.keys(metafile.inputs).filter(path => !/^(absent|named|wordless):/.test(path))
  const stamps = await Promise.all(paths.map(async path => [path, await stamp(join(root, path))]))
  const atStart = (await stat(join(fresh, 'index.js'))).size
  const record: Record = { how, bytes, gzipped, atStart, inputs: Object.fromEntries(stamps) }
  await rm(folder, { recursive: true, force: true })
  await rename(fresh, folder)
  await mkdir(dirname(recordOf(folder)), { recursive: true })
  await writeFile(recordOf(folder), JSON.stringify(record))
  return record
}

/** Gives a file that asks for the names of CommonJS what they mean here. Returns its text. */
async function withRequire(path: string): Promise<string> {
  const text = await readFile(path, 'utf8')
  if (!/\b(require|__filename|__dirname)\b/.test(text)) return text
  const whole = `${banner}\n${text}`
  await writeFile(path, whole)
  return whole
}

async function upToDate(folder: string, root: string, how: string): Promise<Record | undefined> {
  try {
    const record: Record = JSON.parse(await readFile(recordOf(folder), 'utf8'))
    const same = Object.entries(record.inputs).map(async ([path, then]) => (await stamp(join(root, path)).catch(() => 'gone')) === then)
    const there = (await stat(join(folder, 'index.js'))).size === record.atStart
    return there && record.how === how && (await Promise.all(same)).every(Boolean) ? record : undefined
  } catch {
    return undefined
  }
}

/** The record lies outside the folder, which is uploaded whole. */
function recordOf(folder: string): string {
  return join(dirname(folder), '.made', `${basename(folder)}.json`)
}

async function stamp(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path)
  return `${size} ${mtimeMs}`
}

type Deployment = { resources?: { [name: string]: { props?: { code?: string; environmentVariables?: { [name: string]: string } } } } }

async function layPolicy(names: readonly string[], root: string): Promise<void> {
  const { resources = {} }: Deployment = parse(await readFile(join(root, 's.yaml'), 'utf8'))
  for (const { props = {} } of Object.values(resources)) {
    const file = props.environmentVariables?.POLICY_FILE
    if (file === undefined || props.code === undefined || !names.includes(basename(props.code))) continue
    const policy = await readFile(join(root, 'policy.yaml')).catch(() => {
      throw new Error(`policy.yaml is missing in ${root}: ${props.code} is deployed with one`)
    })
    await writeFile(join(root, props.code, file), policy)
  }
}

function line({ name, folder, bytes, gzipped, atStart, built }: Built, root: string): string {
  const kilobytes = (size: number) => `${Math.round(size / 1024)} KB`.padStart(8)
  const sizes = `${kilobytes(bytes)}, gzipped${kilobytes(gzipped)}, at start${kilobytes(atStart)}`
  return `${name.padEnd(18)}${sizes}   ${built ? 'built' : 'as it was'}   ${relative(root, folder)}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleAll()
