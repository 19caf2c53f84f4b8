import { execFileSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundleAll } from '../build/bundle.ts'
import { type AnyEvent, event } from '../shared/events.ts'
import { writeZip } from '../shared/formats/zip.ts'
import { median } from './median.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const child = join(root, 'bench/ready.js')

/** What wakes each function in earnest. Its first word to the network ends the measurement. */
const wakes: Readonly<Record<string, unknown>> = {
  'answer-approval': { rawPath: '/plans/p', queryParameters: { token: 't' }, requestContext: { http: { method: 'GET' } } },
  'check-expiry': { triggerTime: '2026-01-01T00:00:00Z', triggerName: 'sweep', payload: '{"kind":"sweep"}' },
  notify: queued(event('ApprovalRequested', { plan: 'p', ask: 1 })),
  operate: { operation: { do: 'policy' } },
  'probe-endpoint': { engine: 'MySQL', host: '127.0.0.1', port: 59999, timeoutMs: 1000 },
  'prove-renewal': queued(event('BundlePublished', { plan: 'p', renewal: 'r', version: 'v' })),
  'publish-bundle': { triggerTime: '2026-01-01T00:00:00Z', triggerName: 'nightly', payload: '{"kind":"nightly"}' },
  'request-approval': queued(event('RenewalsDue', { plan: 'p' })),
  'update-validity': queued(event('RenewalApproved', { plan: 'p', renewal: 'r' })),
}

function queued(of: AnyEvent): unknown {
  return [{ id: 'e', data: { messageBody: JSON.stringify(of) } }]
}

/** Whether anything listens there or not, the process ends when it reaches for it. */
const nowhere = '127.0.0.1:59999'
const env = {
  FC_REGION: 'cn-hangzhou',
  FC_ACCOUNT_ID: '1234567890123456',
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'k',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 's',
  ALIBABA_CLOUD_SECURITY_TOKEN: 't',
  JOURNAL_BUCKET: 'journal',
  BUNDLE_BUCKET: 'bundle',
  BUNDLE_BASE_URL: `http://${nowhere}`,
  CA_BUNDLE_URL: `http://${nowhere}/ca.zip`,
  OSS_ENDPOINT: `http://${nowhere}`,
  MNS_ENDPOINT: `http://${nowhere}`,
  RDS_ENDPOINT: nowhere,
  RDS_PROTOCOL: 'http',
  INVOKE_ENDPOINT: nowhere,
  INVOKE_PROTOCOL: 'http',
  SECRETS: 'oss:secrets.json',
}

type Measured = { ms: number; cpu: number; kb: number }

/** One process of its own, from its start until what `args` ask for is there. */
function measure(args: readonly string[]): Measured {
  const told = execFileSync(process.execPath, [child, ...args], { env, cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
  // A line of the function's own log may stand before the figures.
  return JSON.parse(told.toString().trim().split('\n').at(-1) ?? '')
}

/** The packages that a function's code imports, now or later, as the source names them. */
async function packagesOf(name: string): Promise<string[]> {
  const entryPoints = [join(root, 'functions', `${name}.ts`)]
  const { metafile } = await build({
    entryPoints,
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    splitting: true,
    outdir: join(root, 'dist'),
  })
  const imports = Object.values(metafile.outputs).flatMap(output => output.imports)
  return [...new Set(imports.filter(one => one.external && !one.path.startsWith('node:')).map(one => one.path))].sort()
}

/** What is uploaded: the folder as an archive. */
async function zipSize(folder: string): Promise<number> {
  const names = await readdir(folder)
  const members = await Promise.all(names.map(async name => ({ name, data: await readFile(join(folder, name)) })))
  return writeZip(members).length
}

export type ColdRow = { name: string; ready: Measured; call: Measured; plain: Measured; packages: string[]; zip: number }
export type Cold = { bare: Measured; rows: ColdRow[]; runs: number }

/** Measures every function `runs` times, all in turn, so that a busy minute falls on each of them alike. */
export async function measureCold(runs: number, say: (sentence: string) => void): Promise<Cold> {
  const built = await bundleAll({ quiet: true })
  const subjects = new Map<string, string[]>([['bare', ['bare']]])
  const packages = new Map<string, string[]>()
  for (const { name, folder } of built) {
    const wake = wakes[name]
    if (wake === undefined) throw new Error(`bench/cold.ts does not know what wakes ${name}`)
    const file = join(folder, 'index.js')
    packages.set(name, await packagesOf(name))
    subjects.set(`ready ${name}`, ['load', file])
    subjects.set(`call ${name}`, ['call', file, Buffer.from(JSON.stringify(wake)).toString('base64')])
    subjects.set(`plain ${name}`, ['import', ...(packages.get(name) ?? [])])
  }
  const seen = new Map([...subjects.keys()].map(key => [key, [] as Measured[]]))
  for (let run = 1; run <= runs; run++) {
    for (const [key, args] of subjects) seen.get(key)?.push(measure(args))
    say(`run ${run} of ${runs}`)
  }
  const of = (key: string): Measured => {
    const all = seen.get(key) ?? []
    const middle = (figure: keyof Measured) => median(all.map(one => one[figure]))
    return { ms: middle('ms'), cpu: middle('cpu'), kb: middle('kb') }
  }
  const rows: ColdRow[] = []
  for (const { name, folder } of built) {
    const zip = await zipSize(folder)
    rows.push({
      name,
      ready: of(`ready ${name}`),
      call: of(`call ${name}`),
      plain: of(`plain ${name}`),
      packages: packages.get(name) ?? [],
      zip,
    })
  }
  return { bare: of('bare'), rows, runs }
}
