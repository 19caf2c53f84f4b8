import { createHash } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import type { WorldView } from '../local/control.ts'
import { connectMysql2, connectPg, connectTedious, type Driver } from './drivers.ts'

/**
 * Judges a finished run of the embedded cloud from outside. It imports nothing of the product: it reads how many updates took effect inside
 * the world, what real drivers are really served with the bundle as published, and the published objects by plain GET.
 */
export type Finding = { about: string; code: FindingCode; sentence: string }

export type FindingCode =
  | 'Stalled'
  | 'DeadLetter'
  | 'NoBundle'
  | 'BundleDiffers'
  | 'UpdatedTwice'
  | 'NotUpdated'
  | 'UpdatedWrongly'
  | 'RestartedTwice'
  | 'OldLeaf'
  | 'Untrusted'
  | 'NoProof'
  | 'FalseProof'

type Row = WorldView['instances'][number]
type Manifest = { version: string; files: Record<string, string> }

const drivers: Readonly<Record<string, Driver>> = { SQLServer: connectTedious, MySQL: connectMysql2, PostgreSQL: connectPg }
const day = 86_400_000

/** `control` is the embedded cloud's own `GET /world`. An empty list is the only good news. */
export async function audit(control: string): Promise<Finding[]> {
  const world = (await (await fetch(`${control}/world`)).json()) as WorldView
  const queues = world.stalled.map(queue => found(queue, 'Stalled', `the queue ${queue} holds messages that no trigger consumes`))
  const letters =
    world.deadLetters > 0 ? [found('dead letters', 'DeadLetter', `${world.deadLetters} messages lie among the dead letters`)] : []
  const published = await auditBundle(world.bundleUrl)
  const instances = await Promise.all(world.instances.map(row => auditInstance(row, world, published)))
  return [...queues, ...letters, ...published.findings, ...instances.flat()]
}

type Published = { findings: Finding[]; pem: string | undefined }

/** The manifest is the only switch: what it names must be there, with the bytes that it says. */
async function auditBundle(base: string): Promise<Published> {
  const manifest = await getJson<Manifest>(`${base}/ca/latest/manifest.json`)
  const pem = await get(`${base}/ca/latest/ApsaraDB-CA-Chain.pem`)
  if (!manifest || !pem) return { pem: undefined, findings: [found('bundle', 'NoBundle', 'ca/latest/ holds no manifest.json or no PEM')] }
  const certificates = ['ApsaraDB-CA-Chain.pem', 'ApsaraDB-CA-Chain.p7b', 'ApsaraDB-CA-Chain.jks', 'ApsaraDB-CA-Chain.p12']
  const copies = [
    ...[...certificates, 'HOWTO.txt', 'pull.sh', 'pull.ps1'].map(name => ({ name, path: `ca/latest/${name}` })),
    ...certificates.map(name => ({ name, path: `ca/v/${manifest.version}/${name}` })),
  ]
  const findings: Finding[] = []
  for (const { name, path } of copies) {
    const bytes = await get(`${base}/${path}`)
    const right = bytes !== undefined && sha256(bytes) === manifest.files[name]
    if (!right) findings.push(found(path, 'BundleDiffers', bytes ? 'its SHA-256 is not the one in the manifest' : 'it is not published'))
  }
  return { findings, pem: pem.toString('utf8') }
}

type Proof = { verdict: string; reason?: string; fingerprint?: string; bundle?: string }

async function auditInstance(row: Row, world: WorldView, { pem }: Published): Promise<Finding[]> {
  const findings: Finding[] = []
  const say = (code: FindingCode, sentence: string) => findings.push(found(`${row.name} (${row.id})`, code, sentence))
  const renewed = row.expect === 'renewed' || row.expect === 'renewedUnreached'
  const { effectiveUpdates: updates } = row
  if (updates > 1) say('UpdatedTwice', `Update Validity took effect ${updates} times`)
  if (row.restarts > 1) say('RestartedTwice', `it was restarted ${row.restarts} times`)
  if (renewed && updates === 0) say('NotUpdated', 'no update took effect')
  if (!renewed && updates > 0) say('UpdatedWrongly', `it was to be left alone (${row.expect}), and was updated`)
  if (!renewed && row.expect !== 'adopted') return findings

  const proof = await getJson<Proof>(`${world.bundleUrl}/instances/${row.id}.json`)
  if (!proof) say('NoProof', `instances/${row.id}.json is not published`)
  if (row.expect === 'renewedUnreached' && proof && proof.verdict !== 'unreached')
    say('FalseProof', `its allowlist admits no probe, and yet it is called ${proof.verdict}`)
  if (row.expect !== 'renewedUnreached' && proof && proof.verdict !== 'proven')
    say('NoProof', `it is called ${proof.verdict}: ${proof.reason}`)

  const driver = drivers[row.engine]
  if (!driver || row.host === undefined || row.port === undefined) return findings
  const seen = await driver(row.host, row.port, pem ?? '')
  if (!seen.ok) {
    say('Untrusted', `a real driver with the published PEM fails: ${seen.code}: ${seen.message}`)
  } else {
    if (Date.parse(seen.notAfter) < Date.parse(world.now) + 300 * day) say('OldLeaf', `it serves a certificate until ${seen.notAfter}`)
    if (proof?.verdict === 'proven' && proof.fingerprint !== seen.fingerprint)
      say('FalseProof', 'the proof names another leaf than a real driver is served')
  }
  return findings
}

const found = (about: string, code: FindingCode, sentence: string): Finding => ({ about, code, sentence })
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

async function get(url: string): Promise<Buffer | undefined> {
  const response = await fetch(url)
  return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined
}

async function getJson<T>(url: string): Promise<T | undefined> {
  const bytes = await get(url)
  return bytes === undefined ? undefined : (JSON.parse(bytes.toString('utf8')) as T)
}

export const sentenceOf = ({ about, code, sentence }: Finding): string => `${about}: ${sentence} [${code}]`

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , control] = process.argv
  if (control === undefined) {
    process.stderr.write('usage: tsx test/auditor.ts CONTROL_URL   (npm start prints it)\n')
    process.exit(2)
  }
  const findings = await audit(control)
  for (const finding of findings) process.stdout.write(`${sentenceOf(finding)}\n`)
  process.exit(findings.length === 0 ? 0 : 1)
}
