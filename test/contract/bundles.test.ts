import { createHash } from 'node:crypto'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bundlesOver } from '../../shared/adapters/bundles.ts'
import type { Certificate } from '../../shared/formats/certificate.ts'
import { bundleNames, writeTrustBundle } from '../../shared/formats/trust.ts'
import type { Bundles, Manifest, ProofFile } from '../../shared/ports.ts'
import { fakeBundles, manifestOf } from '../fakes/bundles.ts'
import { makeAuthority } from '../formats/authority.ts'
import { startBucket } from './buckets.ts'
import { atOnce, hangUp, html } from './cloud.ts'

const at = '2026-11-24T00:00:00.000Z'
let first: Certificate[]
let second: Certificate[]
beforeAll(async () => {
  const { oldRoot, newRoot, region } = await makeAuthority()
  first = [oldRoot, region]
  second = [oldRoot, newRoot, region]
})

function publicationOf(certificates: readonly Certificate[], howTo = 'how to') {
  const { version, ...formats } = writeTrustBundle(certificates)
  const files: Record<string, Uint8Array> = { 'HOWTO.txt': Buffer.from(howTo) }
  for (const [kind, bytes] of Object.entries(formats)) files[bundleNames[kind as keyof typeof formats]] = bytes
  return { version, files, manifest: manifestOf(version, certificates, files, at), pem: formats.pem.toString() }
}

const proof: ProofFile = {
  region: 'cn-hangzhou',
  instance: 'rm-1',
  host: 'rm-1.mysql.rds.aliyuncs.com',
  verdict: 'proven',
  reason: undefined,
  chain: [Buffer.from('leaf').toString('base64')],
  fingerprint: 'ab'.repeat(32),
  serial: '0C',
  notAfter: '2027-12-01T03:12:45Z',
  protocol: 'TLSv1.2',
  bundle: 'cd'.repeat(32),
  from: 'rds-tls-probe-vpc-1',
  at,
}
const unreached: ProofFile = {
  ...proof,
  instance: 'rm-2',
  verdict: 'unreached',
  reason: 'TimedOut',
  chain: [],
  fingerprint: undefined,
  serial: undefined,
  notAfter: undefined,
  protocol: undefined,
  bundle: undefined,
}

async function startReal() {
  const bucket = await startBucket('bundle', 'public-read')
  // Path style: what a custom domain or a CDN shows of the bucket.
  const gets: { url: string; etag: string | null; status: number }[] = []
  const counted: typeof fetch = async (url, init) => {
    const response = await fetch(url, init)
    gets.push({ url: String(url), etag: new Headers(init?.headers).get('if-none-match'), status: response.status })
    return response
  }
  const base = `${bucket.at.endpoint}/bundle`
  return { ...bucket, gets, base, bundles: bundlesOver(bucket.store, base, atOnce, counted) }
}

type World = { bundles: Bundles; close(): Promise<void> }
const worlds: [string, () => Promise<World>][] = [
  ['the fake bundles', async () => ({ bundles: fakeBundles(), close: async () => {} })],
  ['bundles over ali-oss', startReal],
]

describe.each(worlds)('%s', (_, start) => {
  let world: World
  beforeEach(async () => {
    world = await start()
  })
  afterEach(() => world.close())

  test('before the first publication there is no manifest', async () => {
    expect(await world.bundles.manifest()).toBeUndefined()
  })

  test('what was published is read back, manifest and PEM', async () => {
    const { version, manifest, files, pem } = publicationOf(first)
    await world.bundles.publish(manifest, files)
    expect(await world.bundles.manifest()).toEqual(manifest)
    expect(await world.bundles.pem(version)).toBe(pem)
  })

  test('an older version can still be read after a newer one was published', async () => {
    const [older, newer] = [publicationOf(first), publicationOf(second)]
    await world.bundles.publish(older.manifest, older.files)
    await world.bundles.manifest()
    await world.bundles.publish(newer.manifest, newer.files)
    expect((await world.bundles.manifest())?.version).toBe(newer.version)
    expect(await world.bundles.pem(older.version)).toBe(older.pem)
  })

  test('publishing the same again changes nothing', async () => {
    const { manifest, files } = publicationOf(first)
    await world.bundles.publish(manifest, files)
    await world.bundles.publish(manifest, files)
    expect(await world.bundles.manifest()).toEqual(manifest)
  })

  test('a look that found nothing new moves only checkedAt', async () => {
    const { manifest, files } = publicationOf(first)
    await world.bundles.publish(manifest, files)
    await world.bundles.checked({ ...manifest, checkedAt: '2026-11-25T00:00:00.000Z' })
    expect(await world.bundles.manifest()).toEqual({ ...manifest, checkedAt: '2026-11-25T00:00:00.000Z' })
  })

  test('a look at an older version does not switch back what was published meanwhile', async () => {
    const [older, newer] = [publicationOf(first), publicationOf(second)]
    await world.bundles.publish(older.manifest, older.files)
    await world.bundles.publish(newer.manifest, newer.files)
    await world.bundles.checked({ ...older.manifest, checkedAt: '2026-11-25T00:00:00.000Z' })
    expect(await world.bundles.manifest()).toEqual(newer.manifest)
  })

  test('a version that was never published is a fault, not an empty bundle', async () => {
    await expect(world.bundles.pem('ab'.repeat(32))).rejects.toThrow()
  })

  test('proofs come back as they were written, also with what they cannot say, and one instance has one', async () => {
    expect(await world.bundles.proof('rm-1')).toBeUndefined()
    await world.bundles.writeProof({ ...proof, verdict: 'refuted' })
    await world.bundles.writeProof(proof)
    await world.bundles.writeProof(unreached)
    expect(await world.bundles.proof('rm-1')).toEqual(proof)
    expect(await world.bundles.proof('rm-2')).toEqual(unreached)
    expect((await world.bundles.proofs()).sort((a, b) => (a.instance < b.instance ? -1 : 1))).toEqual([proof, unreached])
  })
})

describe('bundles over ali-oss', () => {
  let real: Awaited<ReturnType<typeof startReal>>
  beforeEach(async () => {
    real = await startReal()
  })
  afterEach(() => real.close())

  const written = () => real.calls.filter(call => call.action === 'PutObject').map(call => call.resource.replace('bundle/', ''))

  test('the immutable files come first, then the copies, and the manifest last of all', async () => {
    const { manifest, files, version } = publicationOf(first)
    await real.bundles.publish(manifest, files)
    const order = written()
    const firstCopy = order.findIndex(key => key.startsWith('ca/latest/'))
    expect(order.slice(0, firstCopy).sort()).toEqual(
      Object.values(bundleNames)
        .map(name => `ca/v/${version}/${name}`)
        .sort(),
    )
    expect(order.at(-1)).toBe('ca/latest/manifest.json')
    expect(order.slice(firstCopy, -1).sort()).toEqual(
      Object.keys(files)
        .map(name => `ca/latest/${name}`)
        .sort(),
    )
  })

  test('a publication that breaks off leaves the old one in force, and once repeated it is whole', async () => {
    const [older, newer] = [publicationOf(first), publicationOf(second)]
    await real.bundles.publish(older.manifest, older.files)
    real.next('PutObject', { do: 'pass', times: 3 })
    real.next('PutObject', { ...hangUp, times: 60 })
    await expect(real.bundles.publish(newer.manifest, newer.files)).rejects.toMatchObject({ retry: true })
    expect(await real.bundles.manifest()).toEqual(older.manifest)
    real.calm()
    await real.bundles.publish(newer.manifest, newer.files)
    expect(await real.bundles.manifest()).toEqual(newer.manifest)
  })

  test('versions are kept for a year by caches, and what changes is asked for each time', async () => {
    const { manifest, files, version } = publicationOf(first)
    await real.bundles.publish(manifest, files)
    await real.bundles.writeProof(proof)
    const headers = async (key: string) => {
      const response = await fetch(`${real.base}/${key}`)
      return `${response.headers.get('content-type')} | ${response.headers.get('cache-control')}`
    }
    expect(await headers(`ca/v/${version}/ApsaraDB-CA-Chain.pem`)).toBe('application/x-pem-file | public, max-age=31536000, immutable')
    expect(await headers('ca/latest/ApsaraDB-CA-Chain.jks')).toBe('application/octet-stream | no-cache')
    expect(await headers('ca/latest/HOWTO.txt')).toBe('text/plain; charset=utf-8 | no-cache')
    expect(await headers('ca/latest/manifest.json')).toBe('application/json | no-cache')
    expect(await headers('instances/rm-1.json')).toBe('application/json | no-cache')
  })

  test('what did not change is not carried twice', async () => {
    const { manifest, files } = publicationOf(first)
    await real.bundles.publish(manifest, files)
    await real.bundles.manifest()
    expect(await real.bundles.manifest()).toEqual(manifest)
    expect(real.gets.map(get => get.status)).toEqual([200, 304])
    expect(real.gets[1]?.etag).toMatch(/^"/)
  })

  test('applications need no keys, and neither does reading what they read', async () => {
    const { manifest, files, version } = publicationOf(first)
    await real.bundles.publish(manifest, files)
    real.calls.length = 0
    await real.bundles.manifest()
    await real.bundles.pem(version)
    expect(new Set(real.calls.map(call => call.principal))).toEqual(new Set(['anonymous']))
  })

  test.each<[string, (manifest: Manifest, files: Record<string, Uint8Array>) => [Manifest, Record<string, Uint8Array>]]>([
    ['a file without its digest', (manifest, files) => [manifest, { ...files, 'more.txt': Buffer.from('x') }]],
    ['a digest without its file', (manifest, { 'HOWTO.txt': _, ...files }) => [manifest, files]],
    ['another digest than the file has', (manifest, files) => [manifest, { ...files, 'HOWTO.txt': Buffer.from('altered') }]],
    ['a version that is not the PEM’s digest', (manifest, files) => [{ ...manifest, version: 'ab'.repeat(32) }, files]],
    ['a name that climbs', (manifest, files) => named(manifest, files, '../x')],
    ['the manifest’s own name', (manifest, files) => named(manifest, files, 'manifest.json')],
  ])('%s is refused, and nothing is written', async (_, spoil) => {
    const { manifest, files } = publicationOf(first)
    await expect(real.bundles.publish(...spoil(manifest, files))).rejects.toMatchObject({ code: 'BadArchive' })
    expect(written()).toEqual([])
  })

  function named(manifest: Manifest, files: Record<string, Uint8Array>, name: string): [Manifest, Record<string, Uint8Array>] {
    const digest = createHash('sha256').update('x').digest('hex')
    return [
      { ...manifest, files: { ...manifest.files, [name]: digest } },
      { ...files, [name]: Buffer.from('x') },
    ]
  }

  test('a version that holds other bytes is never overwritten, and the manifest is not switched', async () => {
    const { manifest, files, version } = publicationOf(first)
    real.put(`ca/v/${version}/ApsaraDB-CA-Chain.jks`, 'other bytes')
    await expect(real.bundles.publish(manifest, files)).rejects.toMatchObject({ code: 'Refused' })
    expect(real.bytes(`ca/v/${version}/ApsaraDB-CA-Chain.jks`)?.toString()).toBe('other bytes')
    expect(real.bytes('ca/latest/manifest.json')).toBeUndefined()
  })

  test('new words for the same certificates can be published', async () => {
    const [before, after] = [publicationOf(first), publicationOf(first, 'better words')]
    await real.bundles.publish(before.manifest, before.files)
    await real.bundles.publish(after.manifest, after.files)
    expect(real.bytes('ca/latest/HOWTO.txt')?.toString()).toBe('better words')
  })

  test('a PEM that was altered on its way is no PEM', async () => {
    const { manifest, files, version } = publicationOf(first)
    await real.bundles.publish(manifest, files)
    real.put(`ca/v/${version}/ApsaraDB-CA-Chain.pem`, 'altered')
    await expect(real.bundles.pem(version)).rejects.toMatchObject({ code: 'BadReply', message: expect.stringContaining('SHA-256') })
  })

  test.each([
    ['not JSON', '<html>', 'JSON'],
    ['a version that is no digest', '{"version":"../../x"}', 'version'],
    ['a file name with a folder', JSON.stringify({ files: { 'a/b': 'ab'.repeat(32) } }), 'files'],
  ])('a manifest with %s is a bad reply', async (_, text, problem) => {
    real.put('ca/latest/manifest.json', text)
    await expect(real.bundles.manifest()).rejects.toMatchObject({ code: 'BadReply', message: expect.stringContaining(problem) })
  })

  test('fields that a later version added are read over', async () => {
    const { manifest } = publicationOf(first)
    real.put('ca/latest/manifest.json', JSON.stringify({ ...manifest, signature: 'x' }))
    expect(await real.bundles.manifest()).toEqual(manifest)
  })

  test.each<[Parameters<typeof real.next>[1], string]>([
    [hangUp, 'Unreachable'],
    [html(503), 'Unreachable'],
    [html(429), 'Busy'],
    [html(403), 'Refused'],
  ])('a bucket that answers %j is not an unpublished one', async (fate, code) => {
    real.next('GetObject', { ...fate, times: 99 })
    await expect(real.bundles.manifest()).rejects.toMatchObject({ code })
  })

  test('a body without an end is not read to its end', async () => {
    real.put('ca/latest/manifest.json', 'x'.repeat(5_000_000))
    await expect(real.bundles.manifest()).rejects.toMatchObject({ code: 'BadReply', message: expect.stringContaining('4000000') })
  })

  test('more proofs than one page lists are all read', async () => {
    for (let n = 0; n < 5; n++) real.put(`instances/rm-${n}.json`, JSON.stringify({ ...proof, instance: `rm-${n}` }))
    const twoByTwo = { ...real.store, list: (prefix: string, _most: number, next?: string) => real.store.list(prefix, 2, next) }
    const found = await bundlesOver(twoByTwo, real.base, atOnce, fetch).proofs()
    expect(found.map(one => one.instance)).toEqual(['rm-0', 'rm-1', 'rm-2', 'rm-3', 'rm-4'])
  })

  test('a proof that is removed while all are read is passed over', async () => {
    await real.bundles.writeProof(proof)
    const ghost = { ...real.store, list: async () => ({ keys: ['instances/gone.json', 'instances/rm-1.json'] }) }
    expect(await bundlesOver(ghost, real.base, atOnce, fetch).proofs()).toEqual([proof])
  })

  test.each(['../x', 'a/b', '', '.hidden'])('%j is no instance to write a proof for', async instance => {
    await expect(real.bundles.writeProof({ ...proof, instance })).rejects.toMatchObject({ code: 'BadEvent' })
  })
})
