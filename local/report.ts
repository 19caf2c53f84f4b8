import type { Cloud } from './cloud.ts'
import { buckets } from './deployment.ts'
import type { OssModel } from './model/oss.ts'
import type { Standing } from './progress.ts'

/** One line of the closing table. Instants are ISO UTC; `reason` says why an instance was not renewed. */
export type Row = {
  instance: string
  name: string
  engine: string
  oldNotAfter: string | undefined
  newNotAfter: string | undefined
  before: string
  after: string
  bundle: string | undefined
  url: string | undefined
  reason: string | undefined
}

type Proof = { verdict: string; reason?: string; bundle?: string; notAfter?: string; fingerprint?: string }

/** `first` holds what each endpoint proved, and when its certificate ended, before anything was renewed. */
export async function rowsOf(cloud: Cloud, standings: readonly Standing[], first: ReadonlyMap<string, First>): Promise<Row[]> {
  const reasons = scanReasons(cloud.oss)
  const rows = cloud.world.instances().map(async one => {
    const url = `${cloud.urls.bundle.replace(/ca\/latest\/$/, '')}instances/${one.id}.json`
    const proof = await readProof(url)
    const was = first.get(one.id)
    const ends = one.ssl.certificate && isoOf(one.ssl.certificate.notAfter)
    const renewed = was?.notAfter !== undefined && ends !== was.notAfter
    const standing = standings.find(standing => standing.instance === one.id)
    return {
      instance: one.id,
      name: one.description,
      engine: one.engine,
      oldNotAfter: was?.notAfter,
      newNotAfter: renewed ? ends : undefined,
      before: was?.verdict ?? '-',
      after: renewed ? (proof?.verdict ?? '-') : '-',
      bundle: renewed ? proof?.bundle : undefined,
      url: renewed && proof ? url : undefined,
      reason: renewed
        ? proof?.verdict === 'proven'
          ? undefined
          : proof?.reason
        : (standing?.word ?? reasons.get(one.id) ?? 'never looked at'),
    }
  })
  return Promise.all(rows)
}

export type First = { notAfter: string | undefined; verdict: string }

/** What is known before the first renewal: the end of each certificate, and the first proofs. */
export async function firstLook(cloud: Cloud): Promise<Map<string, First>> {
  const looks = cloud.world.instances().map(async one => {
    const proof = await readProof(`${cloud.urls.bundle.replace(/ca\/latest\/$/, '')}instances/${one.id}.json`)
    const word = proof ? (proof.verdict === 'proven' ? 'proven' : `${proof.verdict}: ${proof.reason?.split(':')[0]}`) : '-'
    return [one.id, { notAfter: one.ssl.certificate && isoOf(one.ssl.certificate.notAfter), verdict: word }] as const
  })
  return new Map(await Promise.all(looks))
}

/** The faults of the day befall whoever looks, too: a read that fails is made again. */
async function readProof(url: string, tries = 5): Promise<Proof | undefined> {
  try {
    const response = await fetch(url)
    if (response.status === 404) return undefined
    if (response.ok) return (await response.json()) as Proof
  } catch {
    // Hung up, or half a page.
  }
  return tries > 1 ? readProof(url, tries - 1) : undefined
}

/** Why the scan of the day left an instance out, as it journalled it. */
function scanReasons(oss: OssModel): Map<string, string> {
  const reasons = new Map<string, string>()
  const listed = oss.list(buckets.journal, { prefix: 'journal/scans/' })
  for (const key of listed.ok ? listed.value.objects.map(one => one.key) : []) {
    const read = oss.get(buckets.journal, key)
    if (!read.ok || key.endsWith('/head')) continue
    const { fact } = JSON.parse(Buffer.from(read.value.bytes).toString('utf8')) as { fact: { verdicts?: Verdict[] } }
    for (const one of fact.verdicts ?? []) if (!one.due) reasons.set(one.instance, `${one.reason}: ${one.detail}`)
  }
  return reasons
}

type Verdict = { due: boolean; instance: string; reason: string; detail: string }

const isoOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`

/** The table for a terminal: as wide as it must be, the reason under its own row where it is long. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['instance', 'old notAfter', 'new notAfter', 'proof before', 'proof after', 'bundle']
  const cells = rows.map(row => [
    `${row.name} (${row.instance})`,
    row.oldNotAfter ?? '-',
    row.newNotAfter ?? '-',
    row.before,
    row.after,
    row.bundle?.slice(0, 12) ?? '-',
  ])
  const widths = head.map((title, at) => Math.max(title.length, ...cells.map(line => line[at]?.length ?? 0)))
  const line = (words: readonly string[]) =>
    words
      .map((word, at) => word.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  const lines = cells.flatMap((words, at) => {
    const row = rows[at]
    const under = row?.reason ?? row?.url
    return [line(words), ...(under === undefined ? [] : [`  ${under}`])]
  })
  return [line(head), ...lines].join('\n')
}
