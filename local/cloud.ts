import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Authority, makeAuthority } from './ca/authority.ts'
import { startChat } from './chat/server.ts'
import { startControl } from './control.ts'
import { type DatabaseEndpoints, openEndpoints } from './database-endpoints.ts'
import { accountId, buckets, chatSecrets, makeBuckets, makeQueues, owner, secretsKey } from './deployment.ts'
import { faultMeddler } from './faults.ts'
import type { Delivery } from './fc/deliveries.ts'
import { type Fc, startFc } from './fc/fc.ts'
import type { Line } from './fc/invocation.ts'
import { queuesOf } from './fc/queues.ts'
import type { Spec } from './fc/spec.ts'
import { functionKill, type KillPoint } from './kill.ts'
import { inTurn, type Meddler, untouched } from './meddler.ts'
import { startMns } from './mns/server.ts'
import { chatModel } from './model/chat.ts'
import { type Fault, Faults, isOfQueues, skewOf } from './model/faults.ts'
import { faultyQueues } from './model/faulty-queues.ts'
import { seedFleet } from './model/fleet.ts'
import { mnsModel } from './model/mns.ts'
import { ossModel } from './model/oss.ts'
import { type Behaviour, RdsWorld, seededRandom, somewhere } from './model/rds.ts'
import { startOss } from './oss/server.ts'
import { type Principal, principalsOf } from './principals.ts'
import { startRds } from './rds/server.ts'
import type { ScenarioName } from './scenarios.ts'
import { approvalKeyIn, secretsObject } from './secrets-object.ts'
import { serve } from './serve.ts'
import { stage } from './stage.ts'
import { startSts } from './sts/server.ts'
import { RoleSessions } from './sts/sessions.ts'

export type CloudOptions = {
  /** s.yaml as the official parser read it: the only wiring. */
  spec: Spec
  policyFile: string
  meddler?: Meddler
  kill?: KillPoint
  /** What goes wrong; the first of them that hits a call decides. `seed` is what chance hangs on. */
  faults?: readonly Fault[]
  seed?: number
  /** Played beside the fleet, with instances of their own. */
  scenarios?: readonly ScenarioName[]
  /** An instance whose endpoint keeps its old certificate though the service says it was renewed. */
  keepsOldLeaf?: string
  /** Only these instances of the fleet, by name, and those of the scenarios. */
  only?: readonly string[]
  /** Instances of MySQL and PostgreSQL, by name, behind which a real server stands. */
  real?: readonly string[]
  /** How long things take here, instead of the usual seconds. */
  behaviour?: Partial<Behaviour>
  pace?: Readonly<Record<string, string>>
  /** How many deliveries to functions run at once; 4 unless said. */
  atOnce?: number
  onLine?: (line: Line) => void
  onDelivery?: (delivery: Delivery) => void
}

export type Cloud = {
  oss: ReturnType<typeof ossModel>
  fc: Fc
  world: RdsWorld
  /** What went wrong so far. */
  faultHits(): { text: string; hits: number }[]
  /** From now on nothing goes wrong any more. */
  calm(): void
  authority: Authority
  endpoints: DatabaseEndpoints
  /** The account's owner, who may call every API. */
  owner: Principal
  /** Everything that must reach no log, error, journal, card or page, by what it is. */
  secrets(): Readonly<Record<string, readonly string[]>>
  /** What rds-tls finds its way by: the names that it reads of the environment, with the owner's keys among them. */
  env(): Record<string, string>
  /** Where a person or a program looks in. */
  urls: { approval: string; inbox: string; bundle: string; control: string; rds: string; mns: string; oss: string; sts: string; fc: string }
  close(): Promise<void>
}

/** Time in the embedded cloud is real; what takes minutes there takes seconds here. The product is told so by PACE. */
const restart = { visibilityLagMs: [200, 800], restartMs: [5_000, 6_000], effectDelayMs: [6_500, 8_000] } as const
const pace = { callWithin: '10s', settleAfter: '15s', pollRestart: '2s', lookAgain: '6s' }
const sweepEveryMs = 2_500

/** Brings the whole cloud up on 127.0.0.1: services, databases, chat, and the deployed functions. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const clock = { now: () => Date.now() }
  const now = new Date()
  const { meddler: given = untouched, faults = [], seed = 1, scenarios = [] } = options
  const folder = await mkdtemp(join(tmpdir(), 'rds-tls-cloud-'))
  const authority = await makeAuthority(now, ['cn-hangzhou', 'ap-southeast-1', 'cn-beijing', 'cn-shanghai', 'cn-shenzhen', 'eu-central-1'])
  const staged = stage(scenarios)
  const fleet = seedFleet(now, staged.rows)
  const wanted = options.only && [...options.only, ...staged.rows.map(row => row.name)]
  const instances = fleet.instances
    .filter(one => wanted?.includes(one.description) ?? true)
    .map(one => (one.description === options.keepsOldLeaf ? { ...one, behaviour: { servesRenewed: false } } : one))
  const world = new RdsWorld({
    now: now.getTime(),
    random: seededRandom(1),
    instances,
    accountId,
    regions: [...somewhere, ...staged.regions],
    refusals: staged.refusals(fleet),
    behaviour: { ...restart, ...options.behaviour },
  })
  const [mns, oss, chat] = [mnsModel(), ossModel(), chatModel()]
  const ofCalls = new Faults(
    faults.filter(one => !isOfQueues(one)),
    seededRandom(seed),
  )
  const ofQueues = new Faults(faults.filter(isOfQueues), seededRandom(seed))
  makeQueues(mns, now.getTime())
  makeBuckets(oss, accountId, now.getTime())

  const person = owner()
  const sessions = new RoleSessions(principalsOf([person]))
  const kill = (name: string) => fc?.kill(name) ?? false
  const befalling = faultMeddler(ofCalls, {
    namesOf: ({ resource }) => [world.instance(resource)?.description ?? ''],
    kill,
    keepOldLeaf: id => void world.amend(id, { behaviour: { ...world.instance(id)?.behaviour, servesRenewed: false } }),
    wait: ms => new Promise(resolve => setTimeout(resolve, ms)),
  })
  let calm = false
  const troubles = inTurn(given, befalling, functionKill(options.kill, kill))
  const meddler = inTurn(staged.director(fleet, world, clock.now), (call, phase) => (calm ? { do: 'pass' } : troubles(call, phase)))
  const common = { meddler, clock }
  const words = chatSecrets()
  const [rds, queues, objects, sts, inbox, archive, endpoints] = await Promise.all([
    startRds({ world, principals: sessions, ...common }),
    startMns({ model: faultyQueues(mns, ofQueues, seededRandom(seed)), principals: sessions, ...common }),
    startOss({ model: oss, principals: sessions, ...common }),
    startSts({ sessions, ...common }),
    startChat({ model: chat, secrets: words, ...common }),
    serve(async ({ rawPath }) =>
      rawPath === '/ApsaraDB-CA-Chain.zip'
        ? { status: 200, headers: { 'content-type': 'application/zip' }, body: authority.trustZip() }
        : { status: 404 },
    ),
    openEndpoints(world, authority, clock.now, options.real),
  ])
  const bundleUrl = `${objects.url}/${buckets.bundle}`
  oss.put(buckets.journal, secretsKey, { bytes: secretsObject(words, inbox.url) }, now.getTime())
  const hostsFile = join(folder, 'hosts')
  await writeFile(hostsFile, [...endpoints.hosts].map(([name, port]) => `${name} 127.0.0.1:${port}\n`).join(''))

  let fc: Fc | undefined
  const variables = () => ({
    JOURNAL_BUCKET: buckets.journal,
    BUNDLE_BUCKET: buckets.bundle,
    BUNDLE_BASE_URL: bundleUrl,
    CA_BUNDLE_URL: `${archive.url}/ApsaraDB-CA-Chain.zip`,
    APPROVAL_URL: fc?.http['rds-tls-answer-approval'] ?? '',
    MNS_ENDPOINT: queues.url,
    OSS_ENDPOINT: objects.url,
    OSS_REGION: 'cn-hangzhou',
    SECRETS: `oss:${secretsKey}`,
    POLICY_FILE: options.policyFile,
  })
  const places = {
    RDS_ENDPOINT: rds.url.slice('http://'.length),
    RDS_PROTOCOL: 'http',
    RDS_RATE: '3000',
    STS_ENDPOINT: sts.url.slice('http://'.length),
    STS_PROTOCOL: 'http',
    INVOKE_PROTOCOL: 'http',
    get INVOKE_ENDPOINT() {
      return (fc?.url ?? '').slice('http://'.length)
    },
    ENDPOINT_HOSTS: hostsFile,
    PACE: JSON.stringify({ ...pace, ...staged.pace, ...options.pace }),
  }
  fc = await startFc({
    spec: options.spec,
    queues: queuesOf(mns),
    clock,
    meddler,
    principals: sessions,
    session: fn => sessions.mint(accountId, fn.role ?? fn.name, fn.name, now.getTime() + 36 * 3_600_000),
    env: variables,
    endpoints: places,
    timers: { sweep: sweepEveryMs },
    scale: { retry: 0.1 },
    ...(options.atOnce === undefined ? {} : { atOnce: options.atOnce }),
    skew: fn => skewOf(faults, fn.name),
    onLine: line => options.onLine?.(line),
    onDelivery: delivery => options.onDelivery?.(delivery),
  })
  const control = await startControl({ world, fleet, endpoints, fc, clock, bundleUrl, mns })
  const servings = [rds, queues, objects, sts, inbox, archive, control, endpoints]
  const deployed = fc
  return {
    fc: deployed,
    calm() {
      calm = true
    },
    faultHits: () => [...ofCalls.hits(), ...ofQueues.hits()].filter(({ text }) => !text.includes('clock-skew')),
    oss,
    owner: person,
    env: () => ({
      ...variables(),
      ...places,
      FC_REGION: options.spec.region,
      FC_ACCOUNT_ID: accountId,
      ALIBABA_CLOUD_ACCESS_KEY_ID: person.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: person.accessKeySecret,
    }),
    secrets: () => ({
      accessKeySecret: sessions.minted().map(one => one.accessKeySecret),
      securityToken: sessions.minted().flatMap(one => one.securityToken ?? []),
      webhook: [...words.robots.flatMap(one => [one.accessToken, one.secret]), ...words.webhooks.map(one => one.secret)],
      serverKey: world.instances().flatMap(one => one.ssl.serverKey ?? []),
      approvalKey: approvalKeyIn(oss),
    }),
    world,
    authority,
    endpoints,
    urls: {
      approval: deployed.http['rds-tls-answer-approval'] ?? '',
      inbox: inbox.url,
      bundle: `${bundleUrl}/ca/latest/`,
      control: control.url,
      rds: rds.url,
      mns: queues.url,
      oss: objects.url,
      sts: sts.url,
      fc: deployed.url,
    },
    async close() {
      await deployed.close()
      await Promise.all(servings.map(one => one.close()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
