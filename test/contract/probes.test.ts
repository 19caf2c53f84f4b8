import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Ran } from '../../local/fc/instances.ts'
import { answerInvoke } from '../../local/fc/invoke.ts'
import type { FunctionSpec } from '../../local/fc/spec.ts'
import { Nonces } from '../../local/rds/nonces.ts'
import { serve } from '../../local/serve.ts'
import { functionsAt } from '../../shared/adapters/functions.ts'
import { probesOver } from '../../shared/adapters/probes.ts'
import type { Credentials } from '../../shared/config.ts'
import type { Probes, Served } from '../../shared/ports.ts'
import { fakeProbes } from '../fakes/probes.ts'
import { atOnce, credentials, expectNoSecret, hangUp, html, principals, stranger, toldMeddler } from './cloud.ts'

const target = { engine: 'MySQL', host: 'rm-1.mysql.rds.aliyuncs.com', port: 3306, timeoutMs: 5_000 } as const
const chain = [Buffer.from('leaf'), Buffer.from('intermediate')]
const reached: Served = { reached: true, chain, protocol: 'TLSv1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384' }
const unreached: Served = { reached: false, code: 'TimedOut', detail: 'it did not answer', mend: 'allow the vSwitch' }

const onTheWire = (served: Served) =>
  JSON.stringify(served.reached ? { ...served, chain: served.chain.map(der => Buffer.from(der).toString('base64')) } : served)

/** FC's invoke API with one function, whose answer the test gives. */
async function startReal() {
  const told = toldMeddler()
  const events: unknown[] = []
  let outcome: Ran['outcome'] = { end: 'returned', body: Buffer.from(onTheWire(reached)) }
  const probe = { name: 'rds-tls-probe-vpc-1' } as FunctionSpec
  const serving = await serve(request =>
    answerInvoke(request, {
      functions: [probe],
      principals,
      nonces: new Nonces(),
      meddler: told.meddler,
      now: Date.now,
      run: async (_fn, _id, event) => {
        events.push(JSON.parse(event.toString()))
        return { outcome, cold: false, ms: 1, lines: [] }
      },
      later: () => {},
    }),
  )
  const as = async (who: Credentials) => {
    return probesOver(await functionsAt({ endpoint: `127.0.0.1:${serving.port}`, protocol: 'http' }, who), atOnce)
  }
  const answer = (body: string) => {
    outcome = { end: 'returned', body: Buffer.from(body) }
  }
  const end = (how: Ran['outcome']) => {
    outcome = how
  }
  return { ...told, events, answer, end, as, probes: await as(credentials), close: serving.close }
}

type World = { probes: Probes; serves(served: Served): void; close(): Promise<void> }
const worlds: [string, () => Promise<World>][] = [
  [
    'the fake probes',
    async () => {
      const probes = fakeProbes()
      return { probes, serves: served => probes.set(target.host, served), close: async () => {} }
    },
  ],
  [
    'probes over FC',
    async () => {
      const real = await startReal()
      return { probes: real.probes, serves: served => real.answer(onTheWire(served)), close: real.close }
    },
  ],
]

describe.each(worlds)('%s', (_, start) => {
  let world: World
  beforeEach(async () => {
    world = await start()
  })
  afterEach(() => world.close())

  test('what an endpoint serves comes back as DER, leaf first', async () => {
    world.serves(reached)
    const seen = await world.probes.shake('rds-tls-probe-vpc-1', target)
    expect(seen).toMatchObject({ reached: true, protocol: 'TLSv1.2' })
    expect(seen.reached && seen.chain.map(der => Buffer.from(der).toString())).toEqual(['leaf', 'intermediate'])
  })

  test('an endpoint that is not reached is a value with its mend', async () => {
    world.serves(unreached)
    expect(await world.probes.shake('rds-tls-probe-vpc-1', target)).toEqual(unreached)
  })
})

describe('probes over FC, where it goes wrong', () => {
  let real: Awaited<ReturnType<typeof startReal>>
  beforeEach(async () => {
    real = await startReal()
  })
  afterEach(() => real.close())
  const shake = (from = 'rds-tls-probe-vpc-1') => real.probes.shake(from, target)

  test('the probe is asked for exactly the target', async () => {
    await shake()
    expect(real.events).toEqual([target])
  })

  test('a function that does not exist is refused, by its name', async () => {
    await expect(shake('rds-tls-probe-vpc-9')).rejects.toMatchObject({ code: 'Refused', cloudCode: 'FunctionNotFound' })
  })

  test('a probe that crashed is not an endpoint that is not reached', async () => {
    real.end({ end: 'threw', error: { errorMessage: 'secret words', errorType: 'TypeError', stackTrace: [] } })
    const shaken = shake()
    await expect(shaken).rejects.toMatchObject({ code: 'Unreachable', message: expect.stringContaining('failed') })
    expect(await shaken.then(String, String)).not.toContain('secret words')
  })

  test('a throttled function is busy', async () => {
    real.end({ end: 'throttled' })
    await expect(shake()).rejects.toMatchObject({ code: 'Busy' })
  })

  test('a probe is asked at most twice: each look at MySQL is a refused login in its log', async () => {
    real.next('InvokeFunction', { ...hangUp, times: 9 })
    await expect(shake()).rejects.toMatchObject({ code: 'Unreachable' })
    expect(real.calls).toHaveLength(2)
  })

  test('an HTML page once is tried again', async () => {
    real.next('InvokeFunction', html(502))
    expect(await shake()).toMatchObject({ reached: true })
  })

  test.each([
    ['no JSON', 'oops', 'JSON'],
    ['nothing', '', 'JSON'],
    ['null', 'null', 'reached|whole'],
    ['no chain', '{"reached":true,"chain":[],"protocol":"x","cipher":"y"}', 'chain'],
    ['a chain that is not base64', '{"reached":true,"chain":["?"],"protocol":"x","cipher":"y"}', 'chain'],
    ['a failure without a mend', '{"reached":false,"code":"TimedOut","detail":"d"}', 'mend'],
  ])('an answer with %s is a bad reply that says what is wrong', async (_, body, problem) => {
    real.answer(body)
    await expect(shake()).rejects.toMatchObject({ code: 'BadReply', message: expect.stringMatching(problem) })
  })

  test('a key that the service does not know is refused, and nothing secret is told', async () => {
    const refused = (await real.as(stranger)).shake('rds-tls-probe-vpc-1', target)
    await expect(refused).rejects.toMatchObject({ code: 'Refused' })
    expectNoSecret(await refused.then(String, String), [stranger.accessKeyId])
  })
})
