import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { type ChainVerdict, knownIssuer, verifyChain } from '../../shared/handshake/verify.ts'
import { clientAuth, KeyUsageFlags, type Made, make, makeHierarchy, makeKeys, serverAuth } from './authority.ts'

const now = new Date('2026-06-01T00:00:00Z')
const ended = { from: '2024-01-01T00:00:00Z', until: '2025-01-01T00:00:00Z' }

let root: Made
let intermediate: Made
let leaf: Made
beforeAll(async () => {
  ;({ root, intermediate, leaf } = await makeHierarchy())
})

function judge(chain: Made[], bundle: Made[], host = 'db.test', at = now): ChainVerdict {
  const der = (made: Made) => made.der
  return verifyChain(chain.map(der), bundle.map(der), host, at)
}

function codeOf(verdict: ChainVerdict): string {
  return verdict.trusted ? 'trusted' : verdict.code
}

function fingerprint(made: Made): string {
  return new X509Certificate(made.der).fingerprint256.replaceAll(':', '').toLowerCase()
}

describe('a chain that leads to a root of the bundle', () => {
  test('is trusted, and the path names leaf, intermediate and root', () => {
    expect(judge([leaf, intermediate], [root])).toEqual({
      trusted: true,
      path: [leaf, intermediate, root].map(fingerprint),
      viaRootsOnly: true,
      serverSendsIntermediates: true,
      weaknesses: [],
    })
  })

  test('is trusted through an intermediate of the bundle, which does not hide that the server sends only its leaf', () => {
    expect(judge([leaf], [root, intermediate])).toMatchObject({ trusted: true, viaRootsOnly: false, serverSendsIntermediates: false })
  })

  test('may arrive in any order and with strangers among it', async () => {
    const stranger = await make({ subject: 'CN=Stranger', ca: true })
    expect(judge([leaf, stranger, root, intermediate], [root])).toMatchObject({ trusted: true, viaRootsOnly: true })
  })

  test('is trusted where a root issued the leaf itself: no intermediate need come', async () => {
    const direct = await make({ subject: 'CN=db.test', issuer: root })
    expect(judge([direct], [root])).toMatchObject({ trusted: true, viaRootsOnly: true, serverSendsIntermediates: true })
  })

  test('is trusted beside expired members that it does not need', async () => {
    const old = await make({ subject: 'CN=Old region', ca: true, issuer: root, ...ended })
    expect(codeOf(judge([leaf, intermediate], [old, root]))).toBe('trusted')
  })

  test.each(['with key identifiers', 'without key identifiers'])(
    'finds its root among two of one subject and one serial, %s',
    async how => {
      const identified = how === 'with key identifiers'
      const twin = { subject: 'CN=ApsaraDB Root CA', serial: '01', ca: true, identified }
      const [first, second] = [await make(twin), await make(twin)]
      for (const issuer of [first, second]) {
        const region = await make({ subject: 'CN=Region', ca: true, issuer, identified })
        const one = await make({ subject: 'CN=db.test', issuer: region, identified })
        for (const bundle of [
          [first, second],
          [second, first],
        ]) {
          expect(judge([one, region], bundle)).toMatchObject({ trusted: true, path: [one, region, issuer].map(fingerprint) })
        }
      }
    },
  )

  test('may pass a CA’s key rollover, which does not count towards a path length', async () => {
    const top = await make({ subject: 'CN=Top', ca: true })
    const old = await make({ subject: 'CN=Region', ca: true, issuer: top, pathLength: 0 })
    const rolled = await make({ subject: 'CN=Region', ca: true, issuer: old })
    const one = await make({ subject: 'CN=db.test', issuer: rolled })
    expect(codeOf(judge([one, rolled, old], [top]))).toBe('trusted')
  })
})

describe('a chain that does not', () => {
  test('is told by its missing issuer', () => {
    const verdict = judge([leaf], [root])
    expect(verdict).toMatchObject({ trusted: false, code: 'UnknownIssuer', serverSendsIntermediates: false })
    expect(verdict.trusted || verdict.detail).toBe('“CN=db.test”: its issuer “CN=Region” is neither served nor in the bundle.')
  })

  test('is told by its own root, where it brings one that the bundle does not hold', async () => {
    const other = await make({ subject: 'CN=Other root', ca: true })
    expect(judge([leaf, intermediate, root], [other])).toMatchObject({ code: 'UnknownRoot', certificate: fingerprint(root) })
  })

  test('ends at an intermediate of the bundle whose root the bundle lacks: a member alone is no anchor', () => {
    expect(codeOf(judge([leaf], [intermediate]))).toBe('UnknownIssuer')
  })

  test('is a leaf that signed itself, unless the bundle holds this very leaf', async () => {
    const self = await make({ subject: 'CN=db.test' })
    const twin = await make({ subject: 'CN=db.test', keys: self.keys, ca: true, names: ['db.test'] })
    expect(codeOf(judge([self], [root]))).toBe('SelfSigned')
    expect(codeOf(judge([self], [twin]))).toBe('SelfSigned')
    expect(judge([self], [self])).toMatchObject({ trusted: true, path: [fingerprint(self)] })
  })
})

describe('validity', () => {
  test.each([
    ['a millisecond before it begins', '2026-01-31T23:59:59.999Z', 'NotYetValid'],
    ['at its first moment', '2026-02-01T00:00:00.000Z', 'trusted'],
    ['a millisecond before it ends', '2027-01-31T23:59:59.999Z', 'trusted'],
    ['at its last moment, as OpenSSL has it', '2027-02-01T00:00:00.000Z', 'Expired'],
  ])('of the leaf, %s', async (_, at, code) => {
    const dated = await make({ subject: 'CN=db.test', issuer: intermediate, from: '2026-02-01T00:00:00Z', until: '2027-02-01T00:00:00Z' })
    expect(codeOf(judge([dated, intermediate], [root], 'db.test', new Date(at)))).toBe(code)
  })

  test('of the root counts as well', async () => {
    const oldRoot = await make({ subject: 'CN=Old root', ca: true, ...ended })
    const one = await make({ subject: 'CN=db.test', issuer: oldRoot })
    expect(judge([one], [oldRoot])).toMatchObject({ code: 'Expired', certificate: fingerprint(oldRoot) })
  })

  test('of an intermediate in the bundle goes before that of the renewed one that the server sends, as with OpenSSL’s clients', async () => {
    const old = await make({ subject: 'CN=Region', ca: true, issuer: root, keys: intermediate.keys, ...ended })
    const verdict = judge([leaf, intermediate], [root, old])
    expect(verdict).toMatchObject({ code: 'Expired', certificate: fingerprint(old) })
    expect(verdict.trusted || verdict.detail).toBe('“CN=Region”: it ended at 2025-01-01T00:00:00.000Z (in the bundle).')
    expect(codeOf(judge([leaf, intermediate], [root, old, intermediate]))).toBe('trusted')
  })
})

describe('the right to issue', () => {
  test('needs the issuer’s key, not only its name', async () => {
    const forged = await make({ subject: 'CN=db.test', issuer: intermediate, forgedWith: await makeKeys() })
    expect(judge([forged, intermediate], [root])).toMatchObject({ code: 'BadSignature', certificate: fingerprint(forged) })
  })

  test('needs a CA', async () => {
    const plain = await make({ subject: 'CN=Plain', issuer: root, names: null })
    const one = await make({ subject: 'CN=db.test', issuer: plain })
    expect(judge([one, plain], [root])).toMatchObject({ code: 'NotAnIssuer', certificate: fingerprint(plain) })
  })

  test('needs a CA that may issue for servers', async () => {
    const clients = await make({ subject: 'CN=Clients', ca: true, issuer: root, extendedKeyUsage: [clientAuth] })
    const one = await make({ subject: 'CN=db.test', issuer: clients })
    expect(codeOf(judge([one, clients], [root]))).toBe('NotAnIssuer')
  })

  test('ends at the path length', async () => {
    const deeper = await make({ subject: 'CN=Deeper', ca: true, issuer: intermediate })
    const one = await make({ subject: 'CN=db.test', issuer: deeper })
    expect(judge([one, deeper, intermediate], [root])).toMatchObject({ code: 'PathTooLong', certificate: fingerprint(intermediate) })
  })

  test('to serve is the leaf’s: by extended key usage and by key usage', async () => {
    const client = await make({ subject: 'CN=db.test', issuer: intermediate, extendedKeyUsage: [clientAuth] })
    const both = await make({ subject: 'CN=db.test', issuer: intermediate, extendedKeyUsage: [clientAuth, serverAuth] })
    const signer = await make({ subject: 'CN=db.test', issuer: intermediate, keyUsage: KeyUsageFlags.nonRepudiation })
    expect([client, both, signer].map(one => codeOf(judge([one, intermediate], [root])))).toEqual([
      'NotForServers',
      'trusted',
      'NotForServers',
    ])
  })

  test('is not granted where an extension decides that is not judged here', async () => {
    const critical = { oid: '1.2.3.4', critical: true, value: Buffer.from([5, 0]) }
    // Permits dNSName "other.test" alone (RFC 5280 4.2.1.10).
    const other = Buffer.concat([Buffer.from('3010a00e300c820a', 'hex'), Buffer.from('other.test')])
    const constraints = { oid: '2.5.29.30', critical: false, value: other }
    const odd = await make({ subject: 'CN=db.test', issuer: intermediate, extra: critical })
    const calm = await make({ subject: 'CN=db.test', issuer: intermediate, extra: { ...critical, critical: false } })
    const narrow = await make({ subject: 'CN=Narrow', ca: true, issuer: root, extra: constraints })
    const narrowed = await make({ subject: 'CN=db.test', issuer: narrow })
    expect(codeOf(judge([odd, intermediate], [root]))).toBe('UnjudgedExtension')
    expect(codeOf(judge([calm, intermediate], [root]))).toBe('trusted')
    expect(codeOf(judge([narrowed, narrow], [root]))).toBe('UnjudgedExtension')
  })
})

describe('the host', () => {
  test.each([
    [['db.test'], 'db.test', 'trusted'],
    [['db.test'], 'DB.TEST', 'trusted'],
    [['db.test'], 'other.test', 'NameMismatch'],
    [['*.rds.test'], 'db.rds.test', 'trusted'],
    [['*.rds.test'], 'a.db.rds.test', 'NameMismatch'],
    [['d*.rds.test'], 'db.rds.test', 'NameMismatch'],
    [['10.0.0.1'], '10.0.0.1', 'trusted'],
    [['10.0.0.1'], '10.0.0.2', 'NameMismatch'],
    [['::1'], '::1', 'trusted'],
    [['10.0.0.1.test'], '10.0.0.1', 'NameMismatch'],
  ])('is looked up among %j: %s is %s', async (names, host, code) => {
    const one = await make({ subject: 'CN=irrelevant', issuer: intermediate, names })
    expect(codeOf(judge([one, intermediate], [root], host))).toBe(code)
  })

  test('may stand in the subject alone, which Java and Go refuse: a weakness', async () => {
    const bare = await make({ subject: 'CN=db.test', issuer: intermediate, names: null })
    expect(judge([bare, intermediate], [root])).toMatchObject({ trusted: true, weaknesses: ['NameOnlyInSubject'] })
  })

  test('is named in the refusal beside what the certificate is for', () => {
    const verdict = judge([leaf, intermediate], [root], 'other.test')
    expect(verdict.trusted || verdict.detail).toBe('“CN=db.test”: it is made for db.test, not for other.test.')
  })
})

describe('strength', () => {
  test('a SHA-1 signature below the root is refused, and only where all else holds', async () => {
    const sha1Root = await make({ subject: 'CN=SHA-1 root', ca: true, keys: await makeKeys('RSA-SHA1') })
    const region = await make({ subject: 'CN=Region', ca: true, issuer: sha1Root })
    const one = await make({ subject: 'CN=db.test', issuer: region })
    const late = await make({ subject: 'CN=db.test', issuer: region, ...ended })
    expect(judge([one, region], [sha1Root])).toMatchObject({ code: 'WeakSignature', certificate: fingerprint(region) })
    expect(codeOf(judge([late, region], [sha1Root]))).toBe('Expired')
  })

  test('a SHA-1 signature on an authority of the bundle itself is a weakness, and excuses nothing else', async () => {
    const sha1Root = await make({ subject: 'CN=SHA-1 root', ca: true, keys: await makeKeys('RSA-SHA1') })
    const region = await make({ subject: 'CN=Region', ca: true, issuer: sha1Root })
    const one = await make({ subject: 'CN=db.test', issuer: region })
    const weakLeaf = await make({ subject: 'CN=db.test', issuer: sha1Root })
    const late = await make({ subject: 'CN=db.test', issuer: region, ...ended })
    const bundle = [sha1Root, region]
    for (const chain of [[one], [one, region]]) expect(judge(chain, bundle)).toMatchObject({ trusted: true, weaknesses: ['WeakAuthority'] })
    expect(judge([weakLeaf], bundle)).toMatchObject({ code: 'WeakSignature', certificate: fingerprint(weakLeaf) })
    expect(codeOf(judge([one], bundle, 'other.test'))).toBe('NameMismatch')
    expect(codeOf(judge([late], bundle))).toBe('Expired')
  })

  test.each([
    [512, 'WeakKey'],
    [1024, 'trusted, ShortKey'],
    [2048, 'trusted, '],
  ])('a root with RSA-%i is %s', async (bits, expected) => {
    const rsaRoot = await make({ subject: 'CN=RSA root', ca: true, keys: await makeKeys('RSA', bits) })
    const one = await make({ subject: 'CN=db.test', issuer: rsaRoot })
    const verdict = judge([one], [rsaRoot])
    expect(verdict.trusted ? `trusted, ${verdict.weaknesses}` : verdict.code).toBe(expected)
  })
})

describe('what is no certificate', () => {
  test('in the served chain is a verdict', () => {
    expect(codeOf(judge([], [root]))).toBe('Malformed')
    expect(codeOf(judge([leaf, { ...leaf, der: leaf.der.subarray(0, -1) }], [root]))).toBe('Malformed')
  })

  test('in the bundle is thrown, and named', () => {
    expect(() => judge([leaf], [root, { ...root, der: Buffer.from('no') }])).toThrow(/bundle\[1\]/)
  })
})

test('a mesh of cross-signed authorities costs a walk over its members, not over its 2^12 paths', async () => {
  const layers = await Promise.all(Array.from({ length: 8 }, () => makeKeys()))
  const mesh: Made[] = []
  for (const [n, keys] of layers.entries()) {
    const above = layers[n + 1]
    if (above === undefined) break
    const issuer = { subject: `CN=L${n + 1}`, keys: above, der: Buffer.alloc(0), pem: '', key: '' }
    for (const _ of ['left', 'right']) mesh.push(await make({ subject: `CN=L${n}`, ca: true, keys, issuer }))
  }
  const [bottom] = layers
  const one = await make({
    subject: 'CN=db.test',
    issuer: { subject: 'CN=L0', keys: bottom ?? leaf.keys, der: Buffer.alloc(0), pem: '', key: '' },
  })
  const compared = vi.spyOn(X509Certificate.prototype, 'checkIssued')
  const verified = vi.spyOn(X509Certificate.prototype, 'verify')
  expect(codeOf(judge([one, ...mesh], [root]))).toBe('UnknownIssuer')
  expect(verified.mock.calls.length).toBeLessThan(100)
  expect(compared.mock.calls.length).toBeLessThan(5000)
  vi.restoreAllMocks()
})

describe('whether the issuer is known', () => {
  const der = (...made: Made[]) => made.map(one => one.der)

  test('asks for signatures and no dates: an expired leaf of an expired region is known', async () => {
    const region = await make({ subject: 'CN=Old region', ca: true, issuer: root, ...ended })
    const old = await make({ subject: 'CN=db.test', issuer: region, ...ended })
    expect(knownIssuer(der(old), der(root, region))).toEqual({ known: true, member: fingerprint(region) })
  })

  test('follows a served region that is not in the bundle yet to its root', () => {
    expect(knownIssuer(der(leaf, intermediate), der(root))).toEqual({ known: true, member: fingerprint(root) })
  })

  test('does not fall for a custom CA that took a known name', async () => {
    const imposter = await make({ subject: 'CN=Root', ca: true })
    const custom = await make({ subject: 'CN=db.test', issuer: imposter })
    const unidentified = await make({ subject: 'CN=db.test', issuer: { ...imposter, keys: imposter.keys }, identified: false })
    expect(knownIssuer(der(custom, imposter), der(root))).toEqual({ known: false, issuer: 'CN=Root' })
    expect(knownIssuer(der(unidentified), der(root))).toEqual({ known: false, issuer: 'CN=Root' })
  })

  test('is not known of a leaf that another leaf signed', async () => {
    const one = await make({ subject: 'CN=sub.db.test', issuer: leaf })
    expect(knownIssuer(der(one, leaf, intermediate), der(root))).toMatchObject({ known: false })
  })
})
