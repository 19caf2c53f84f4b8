import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import Fc2 from '@alicloud/fc2'
import { afterEach, describe, expect, test } from 'vitest'
import { answerInvoke } from '../../local/fc/invoke.ts'
import type { FunctionSpec } from '../../local/fc/spec.ts'
import { Nonces } from '../../local/rds/nonces.ts'
import { type Request, serve } from '../../local/serve.ts'
import { functionsAt } from '../../shared/adapters/functions.ts'
import { defaultOf } from '../../shared/adapters/interop.ts'
import { credentials, principals, session, toldMeddler } from '../contract/cloud.ts'

/**
 * Why the card's @alicloud/fc2 gave way to @alicloud/fc20230330. A test that fails means that an upgrade has changed that, and
 * docs/decisions/0002 should be thought over.
 */
const Client = defaultOf({ default: Fc2 })

let close = async () => {}
afterEach(() => close())

/** FC 3.0's invoke API with one function, which says hello. */
async function start() {
  const seen: Request[] = []
  const serving = await serve(async request => {
    seen.push(request)
    return answerInvoke(request, {
      functions: [{ name: 'rds-tls-probe-vpc-1' } as FunctionSpec],
      principals,
      nonces: new Nonces(),
      meddler: toldMeddler().meddler,
      now: Date.now,
      run: async () => ({ outcome: { end: 'returned', body: Buffer.from('"hello"') }, cold: false, ms: 1, lines: [] }),
      later: () => {},
    })
  })
  close = serving.close
  const { accountId, accessKeyId: accessKeyID, accessKeySecret, securityToken } = session
  const fc2 = new Client(accountId, { accessKeyID, accessKeySecret, securityToken, region: 'cn-hangzhou', endpoint: serving.url })
  return { seen, fc2, invoke: await functionsAt({ endpoint: `127.0.0.1:${serving.port}`, protocol: 'http' }, credentials) }
}

describe('@alicloud/fc2', () => {
  test.each(['', 'LATEST', 'rds-tls'])('speaks the URL of FC 2.0, with a service, which 3.0 does not have: %j', async service => {
    const { seen, fc2 } = await start()
    await fc2.invokeFunction(service, 'rds-tls-probe-vpc-1', '{}').catch(() => undefined)
    expect(seen[0]?.rawPath).toBe(`/2016-08-15/services/${service}/functions/rds-tls-probe-vpc-1/invocations`)
  })

  test('so it cannot invoke a function that an fc3 s.yaml made, and its successor can', async () => {
    const { fc2, invoke } = await start()
    await expect(fc2.invokeFunction('rds-tls', 'rds-tls-probe-vpc-1', '{}')).rejects.toThrow(/failed with 40[0-9]/)
    expect(await invoke('rds-tls-probe-vpc-1', {}, 5_000)).toBe('hello')
  })

  test('signs by its own scheme of 2016, which is not the one that 3.0 checks', async () => {
    const { seen, fc2 } = await start()
    await fc2.invokeFunction('rds-tls', 'rds-tls-probe-vpc-1', '{}').catch(() => undefined)
    expect(seen[0]?.headers.authorization).toMatch(/^FC /)
  })

  test('has no types', () => {
    const entry = createRequire(import.meta.url).resolve('@alicloud/fc2')
    const { types, typings } = JSON.parse(readFileSync(join(dirname(entry), 'package.json'), 'utf8')) as Record<string, unknown>
    expect([types, typings, existsSync(join(dirname(entry), 'index.d.ts'))]).toEqual([undefined, undefined, false])
  })
})
