import { expect, test } from 'vitest'
import { proveRenewal } from '../../functions/prove-renewal.ts'
import type { ProofFile } from '../../shared/ports.ts'
import { lastSaidOf, leaves, proofOf, publishedScene, says, versionOf } from './scene.ts'

const chainOf = (chain: readonly Uint8Array[]): Partial<ProofFile> => ({ chain: chain.map(der => Buffer.from(der).toString('base64')) })

/** A renewal that somebody else did: nobody here saw the leaf of before. */
async function prove(last: Partial<ProofFile> | undefined, served: 'old' | 'renewed' = 'renewed') {
  const world = await publishedScene({ at: '2026-11-09T18:40:00Z' })
  const { old, renewed } = await leaves()
  world.probes.serve('rm-1.mysql.rds.aliyuncs.com', served === 'old' ? old : renewed)
  if (last !== undefined) world.bundles.seedProof(proofOf(last))
  await proveRenewal(says.published(await versionOf(world)), world)
  return lastSaidOf(world)
}

test('a renewal by somebody else is proven where the last look already saw its new leaf', async () => {
  expect(await prove(chainOf((await leaves()).renewed))).toMatchObject({ fact: 'Proven', notAfter: '2027-11-09T18:31:00.000Z' })
})

test('a delivery that died between the published proof and its journal entry is not held against the next', async () => {
  const world = await publishedScene({ at: '2026-11-09T18:40:00Z' })
  const message = says.published(await versionOf(world))
  const cut = { ...world, journal: { ...world.journal, append: () => Promise.reject(new Error('killed here')) } }
  await expect(proveRenewal(message, cut)).rejects.toThrow('killed here')
  expect(world.bundles.proofsWritten.map(one => one.verdict)).toEqual(['proven'])
  await proveRenewal(message, world)
  expect(world.bundles.proofsWritten.map(one => one.verdict)).toEqual(['proven', 'proven'])
  expect(lastSaidOf(world)).toMatchObject({ fact: 'Proven' })
})

test('a renewal by somebody else is refuted where the leaf of the last look is still served', async () => {
  expect(await prove(chainOf((await leaves()).old), 'old')).toMatchObject({ fact: 'Refuted', code: 'OldLeafServed' })
})

test('a renewal by somebody else whose old leaf nobody saw is refuted by its end', async () => {
  expect(await prove(undefined, 'old')).toMatchObject({ fact: 'Refuted', code: 'NotLater' })
})
