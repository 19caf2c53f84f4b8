import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, serve } from '../../local/serve.ts'
import { sourceAt } from '../../shared/adapters/source.ts'
import type { Certificate } from '../../shared/formats/certificate.ts'
import { bundleNames, writeTrustBundle } from '../../shared/formats/trust.ts'
import { writeZip } from '../../shared/formats/zip.ts'
import { atOnce } from '../contract/cloud.ts'
import { makeAuthority } from '../formats/authority.ts'

let all: Certificate[]
beforeAll(async () => {
  ;({ all } = await makeAuthority())
})

function archiveOf(certificates: readonly Certificate[]): Buffer {
  const { version: _, p12: __, ...files } = writeTrustBundle(certificates)
  return writeZip(Object.entries(files).map(([kind, data]) => ({ name: bundleNames[kind as keyof typeof files], data })))
}

let close = async () => {}
afterEach(() => close())

async function source(...answers: (Answer | 'hang-up')[]) {
  let calls = 0
  const serving = await serve(async () => answers[Math.min(calls++, answers.length - 1)] ?? 'hang-up')
  close = serving.close
  return { source: sourceAt(`${serving.url}/ApsaraDB-CA-Chain.zip`, atOnce, fetch), calls: () => calls }
}

describe('the CA archive', () => {
  test('is fetched and read whole', async () => {
    const { source: vendor } = await source({ status: 200, body: archiveOf(all) })
    const read = await vendor.fetch()
    expect(read.map(one => one.fingerprint).sort()).toEqual(all.map(one => one.fingerprint).sort())
  })

  test('a hang-up and a 503 on the way are tried again', async () => {
    const { source: vendor, calls } = await source('hang-up', { status: 503 }, { status: 200, body: archiveOf(all) })
    expect(await vendor.fetch()).toHaveLength(all.length)
    expect(calls()).toBe(3)
  })

  test.each<[string, Answer, string, string]>([
    ['that is not there', { status: 404 }, 'Unreachable', '404'],
    ['that is forbidden', { status: 403 }, 'Refused', '403'],
    ['that is an HTML page', { status: 200, body: '<html></html>' }, 'BadArchive', 'Zip'],
    ['that is cut short', { status: 200, body: Buffer.from('PK\u0003\u0004') }, 'BadArchive', 'Zip'],
    ['that has no end', { status: 200, body: Buffer.alloc(8_000_001) }, 'BadReply', '8000000'],
  ])('one %s is a fault', async (_, answer, code, problem) => {
    const { source: vendor } = await source(answer)
    await expect(vendor.fetch()).rejects.toMatchObject({ code, message: expect.stringContaining(problem) })
  })

  test('a body that unpacks to more than it weighs is stopped all the same', async () => {
    const { gzipSync } = await import('node:zlib')
    const { source: vendor } = await source({
      status: 200,
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(20_000_000)),
    })
    await expect(vendor.fetch()).rejects.toMatchObject({ code: 'BadReply' })
  })
})
