import { expect, test } from 'vitest'
import { proveRenewal } from '../../functions/prove-renewal.ts'
import { readCertificate } from '../../shared/formats/certificate.ts'
import { make, makeKeys } from '../handshake/authority.ts'
import { host, lastSaidOf, newEnd, now, publishedScene, restarts, says } from './scene.ts'

test('a renewal whose authority the vendor signed with SHA-1 is proven, its weakness is published, and nothing is halted', async () => {
  const world = await publishedScene()
  const root = await make({ subject: 'CN=SHA-1 root', ca: true, keys: await makeKeys('RSA-SHA1') })
  const region = await make({ subject: 'CN=Region', ca: true, issuer: root })
  const leaf = await make({ subject: 'CN=leaf', issuer: region, from: '2026-11-09T18:31:00Z', until: newEnd, names: [host] })
  const version = world.bundles.seed(
    [root, region].map(one => readCertificate(new Uint8Array(one.der))),
    now,
  )
  world.probes.serve(
    host,
    [leaf, region].map(one => new Uint8Array(one.der)),
  )
  await proveRenewal(says.published(version), world)
  expect(lastSaidOf(world)).toMatchObject({ fact: 'Proven' })
  expect(world.bundles.proofsWritten).toMatchObject([{ verdict: 'proven', weaknesses: ['WeakAuthority'] }])
  expect(restarts(world)).toEqual([])
})
