import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { operating } from '../../functions/operate.ts'
import { type Authority, makeAuthority } from '../../local/ca/authority.ts'
import { accountId, buckets, deadLetters, makeBuckets, makeQueues } from '../../local/deployment.ts'
import { type Endpoint, startEndpoint } from '../../local/endpoints/endpoint.ts'
import { answerInvoke } from '../../local/fc/invoke.ts'
import { queuesOf } from '../../local/fc/queues.ts'
import type { FunctionSpec } from '../../local/fc/spec.ts'
import type { Call, Meddler, Verdict } from '../../local/meddler.ts'
import { startMns } from '../../local/mns/server.ts'
import { seedFleet } from '../../local/model/fleet.ts'
import { mnsModel } from '../../local/model/mns.ts'
import { ossModel } from '../../local/model/oss.ts'
import { type Instance, RdsWorld, seededRandom } from '../../local/model/rds.ts'
import { startOss } from '../../local/oss/server.ts'
import { type Principal, principalsOf } from '../../local/principals.ts'
import { Nonces } from '../../local/rds/nonces.ts'
import { startRds } from '../../local/rds/server.ts'
import { serve } from '../../local/serve.ts'
import { startSts } from '../../local/sts/server.ts'
import { RoleSessions } from '../../local/sts/sessions.ts'
import { portsFor } from '../../shared/adapters/ports.ts'
import { fakeChat } from '../fakes/chat.ts'
import { type Chain, chainOver } from './chain.ts'

export const li: Principal = { name: 'user/li.wei', accountId, accessKeyId: 'LTAI5tLiWeiLiWeiLiWei', accessKeySecret: 'TheSecretOfLiWei' }
export const chen: Principal = {
  name: 'user/chen.yu',
  accountId,
  accessKeyId: 'LTAI5tChenYuChenYu01',
  accessKeySecret: 'TheSecretOfChenYu',
}
const role: Principal = { name: 'fc/all', accountId, accessKeyId: 'LTAI5tTheFunctionsRole', accessKeySecret: 'TheSecretOfTheRole' }

export type SmallCloud = Awaited<ReturnType<typeof startSmallCloud>>
export type { Chain }

/** What befalls a call before its effect; undefined lets it pass. */
export type Fate = (call: Call) => Exclude<Verdict, { do: 'pass' }> | undefined

/** A refusal in the gateway's own words. */
export const forbidden = (
  code = 'Forbidden.RAM',
  message = 'User not authorized to operate on the specified resource.',
): Exclude<Verdict, { do: 'pass' }> => ({
  do: 'answer',
  status: 403,
  contentType: 'application/json',
  body: JSON.stringify({ RequestId: 'R-1', HostId: 'rds.aliyuncs.com', Code: code, Message: message }),
})

/** How long a restart takes here, ms. */
const behaviour = { visibilityLagMs: 5_000, restartMs: 60_000, effectDelayMs: 65_000 }

export type SmallCloudOptions = {
  now: string
  /** Instances of the seeded fleet, by name. */
  only?: readonly string[]
  /** Queues, buckets, functions and probes are there. */
  deployed?: boolean
  /** The databases themselves listen, and let this machine in. */
  endpoints?: boolean
}

/**
 * The services of an account in this process, all at one time, which stands until it is told to go on: what SDKs sign with is told, too. The
 * functions run in this process as well; the chain goes on when it is told to.
 */
export async function startSmallCloud({ now, only, deployed = false, endpoints = false }: SmallCloudOptions) {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(now) })
  const clock = { now: () => Date.now() }
  let fate: Fate = () => undefined
  const meddler: Meddler = (call, phase) => (phase === 'before' && fate(call)) || { do: 'pass' }
  const sessions = new RoleSessions(principalsOf([li, chen, role]))
  const fleet = seedFleet(new Date(now))
  const instances = fleet.instances.filter(one => only?.includes(one.description) ?? true)
  const world = new RdsWorld({ now: Date.now(), random: seededRandom(1), instances, accountId, behaviour })
  const [mns, oss, chat] = [mnsModel(), ossModel(), fakeChat()]
  const common = { meddler, clock, principals: sessions }
  const servers = await Promise.all([
    startRds({ world, ...common }),
    startSts({ sessions, ...common }),
    startMns({ model: mns, ...common }),
    startOss({ model: oss, ...common }),
  ])
  const [rds, sts, queues, objects] = servers
  const host = ({ url }: { url: string }) => url.slice('http://'.length)
  const authority = deployed || endpoints ? await makeAuthority(new Date(now), ['cn-hangzhou', 'ap-southeast-1']) : undefined
  const archive = await serve(async () => ({ status: 200, body: authority?.trustZip() ?? '' }))

  const env: Record<string, string> = {
    RDS_ENDPOINT: host(rds),
    RDS_PROTOCOL: 'http',
    RDS_RATE: '60000',
    STS_ENDPOINT: host(sts),
    STS_PROTOCOL: 'http',
    INVOKE_PROTOCOL: 'http',
    CA_BUNDLE_URL: `${archive.url}/ApsaraDB-CA-Chain.zip`,
  }
  const keysOf = ({ accessKeyId, accessKeySecret }: Principal) => ({
    ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
  })
  const insides = () => ({
    ...env,
    ...keysOf(role),
    FC_REGION: 'cn-hangzhou',
    FC_ACCOUNT_ID: accountId,
    MNS_ENDPOINT: queues.url,
    OSS_ENDPOINT: objects.url,
    OSS_REGION: 'cn-hangzhou',
    JOURNAL_BUCKET: buckets.journal,
    BUNDLE_BUCKET: buckets.bundle,
    BUNDLE_BASE_URL: `${objects.url}/${buckets.bundle}`,
  })
  const deploy = () => {
    makeQueues(mns, Date.now())
    makeBuckets(oss, accountId, Date.now())
  }
  if (deployed) {
    deploy()
    Object.assign(env, { OSS_ENDPOINT: objects.url, OSS_REGION: 'cn-hangzhou', BUNDLE_BUCKET: buckets.bundle })
  }
  const databases = authority && endpoints ? await openDatabases(world, authority) : undefined
  if (databases) env.ENDPOINT_HOSTS = databases.hostsFile

  /** What the endpoint of an instance serves, as a probe inside its VPC would see it. */
  async function probe(bytes: Uint8Array): Promise<string> {
    const { host: name } = JSON.parse(Buffer.from(bytes).toString()) as { host: string }
    world.advance(Date.now())
    const seen = world.instances().find(one => one.ssl.connectionString === name)
    if (!authority || !seen?.served || seen.down)
      return JSON.stringify({ reached: false, code: 'TimedOut', detail: `${name} did not answer`, mend: 'look' })
    const { chainPem } = await authority.issue(orderOf(seen, seen.served))
    const chain = chainPem.split(/-----[A-Z ]+-----/).flatMap(block => (block.trim() === '' ? [] : [block.replace(/\s/g, '')]))
    return JSON.stringify({ reached: true, chain, protocol: 'TLSv1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384' })
  }
  const functions: Record<string, (event: Uint8Array, context: { requestId: string }) => Promise<string>> = {
    'rds-tls-probe-vpc-1': probe,
    'rds-tls-probe-vpc-2': probe,
    ...(deployed
      ? {
          'rds-tls-operate': operating(
            (needs, attempt) => portsFor(needs, attempt, insides()),
            () => {},
          ),
        }
      : {}),
  }
  const nonces = new Nonces()
  const fc = await serve(request =>
    answerInvoke(request, {
      functions: Object.keys(functions).map(name => ({ name }) as FunctionSpec),
      principals: sessions,
      nonces,
      meddler,
      now: clock.now,
      later: () => {},
      async run({ name }, requestId, event) {
        const body = await (functions[name]?.(event, { requestId }) ?? '')
        return { outcome: { end: 'returned', body: Buffer.from(body) }, cold: false, ms: 1, lines: [] }
      },
    }),
  )
  env.INVOKE_ENDPOINT = host(fc)

  return {
    world,
    env,
    insides,
    /** The environment of a person at a machine of theirs. */
    as: (who: Principal) => ({ ...env, ...keysOf(who) }),
    idOf: (name: string) => instances.find(one => one.description === name)?.id ?? name,
    /** Time goes on by so many seconds. */
    pass(seconds: number) {
      vi.setSystemTime(Date.now() + seconds * 1000)
      world.advance(Date.now())
    },
    now: () => new Date().toISOString(),
    meddle(next: Fate) {
      fate = next
    },
    chat,
    chain: chainOver(queuesOf(mns), insides, chat),
    bury: (text: string) => void mns.send(deadLetters, { body: Buffer.from(text).toString('base64') }, Date.now()),
    oss,
    mns,
    /** Whose certificates the databases serve, and whose archive the vendor publishes. */
    authority,
    async close() {
      await databases?.close()
      await Promise.all([...servers, archive, fc].map(one => one.close()))
      vi.useRealTimers()
    },
  }
}

/** Every instance with TLS listens, and serves what the world says that it serves. */
async function openDatabases(world: RdsWorld, authority: Authority) {
  const folder = await mkdtemp(join(tmpdir(), 'rds-tls-hosts-'))
  const open: Endpoint[] = []
  const lines: string[] = []
  for (const { id, engine, ssl } of world.instances()) {
    if (!ssl.enabled || (engine !== 'MySQL' && engine !== 'SQLServer' && engine !== 'PostgreSQL')) continue
    const current = () => {
      world.advance(Date.now())
      return world.instance(id)
    }
    const endpoint = await startEndpoint({
      engine,
      async certificate() {
        const seen = current()
        return seen?.served ? authority.issue(orderOf(seen, seen.served)) : undefined
      },
      admits: () => true,
      state: () => (current()?.down === false ? 'running' : 'restarting'),
    })
    open.push(endpoint)
    lines.push(`${ssl.connectionString} 127.0.0.1:${endpoint.port}\n`)
  }
  const hostsFile = join(folder, 'hosts')
  await writeFile(hostsFile, lines.join(''))
  return {
    hostsFile,
    async close() {
      await Promise.all(open.map(one => one.close()))
      await rm(folder, { recursive: true })
    },
  }
}

function orderOf({ region, ssl }: Readonly<Instance>, { serial, notBefore, notAfter, by }: NonNullable<Instance['served']>) {
  return { region, host: ssl.connectionString, serial, by, notBefore: new Date(notBefore), notAfter: new Date(notAfter) }
}
