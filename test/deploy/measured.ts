import { createHash } from 'node:crypto'
import { answerInvoke } from '../../local/fc/invoke.ts'
import type { FunctionSpec } from '../../local/fc/spec.ts'
import type { Call } from '../../local/meddler.ts'
import { startMns } from '../../local/mns/server.ts'
import { mnsModel } from '../../local/model/mns.ts'
import { Nonces } from '../../local/rds/nonces.ts'
import { serve } from '../../local/serve.ts'
import { portsFor } from '../../shared/adapters/ports.ts'
import { event } from '../../shared/events.ts'
import { deadLetters, prefix, queueOf } from '../../shared/flow.ts'
import { bundleNames } from '../../shared/formats/trust.ts'
import type { Manifest, ProofFile } from '../../shared/ports.ts'
import { startBucket } from '../contract/buckets.ts'
import { clock, principals, session, toldMeddler } from '../contract/cloud.ts'
import { leafUntil, startRdsWorld } from '../contract/rds-world.ts'
import type { Method } from './called.ts'

/** One request to a service as RAM sees it: `oss:PutObject` of `journal/…`. */
export type Request = { action: string; resource: string }

const [region, host] = ['cn-hangzhou', 'rm-1.mysql.rds.aliyuncs.com']
const names = { journal: 'the-journal', bundle: 'the-bundle' }
const at = '2026-11-24T00:00:00.000Z'
const proof: ProofFile = {
  ...{ region, instance: 'rm-1', host, verdict: 'unreached', reason: 'x', chain: [], fingerprint: undefined, serial: undefined },
  ...{ notAfter: undefined, protocol: undefined, bundle: undefined, from: 'x', at },
}
const pem = Buffer.from('pem')
const version = createHash('sha256').update(pem).digest('hex')
const files = { [bundleNames.pem]: pem }
const manifest: Manifest = {
  ...{ version, publishedAt: at, checkedAt: at, certificates: 1, roots: [], expired: [] },
  files: { [bundleNames.pem]: version },
}

/** What each method of each port asks of Alibaba Cloud: seen by the embedded services, which take only what is signed. */
export async function measureMethods(): Promise<Map<Method, Request[]>> {
  const [journal, bundle, rds] = await Promise.all([
    startBucket(names.journal),
    startBucket(names.bundle, 'public-read'),
    startRdsWorld(
      [
        {
          ...{ id: 'rm-1', engine: 'MySQL' },
          endpoints: [{ connectionString: host, port: 3306, ipAddress: '10.0.0.1', ipType: 'Private', type: 'Normal' }],
          ssl: { connectionString: host, certificate: leafUntil('2027-01-01T00:00:00Z') },
        },
      ],
      { tasks: [{ instance: 'rm-1', switchAt: Date.now() + 86_400_000, allowCancel: true }] },
    ),
  ])
  const [fc, queues, model] = [toldMeddler(), toldMeddler(), mnsModel()]
  const mns = await startMns({ model, principals, meddler: queues.meddler, clock })
  for (const name of [queueOf('notify'), deadLetters]) model.createQueue(name, {}, Date.now())
  const probe = `${prefix}probe-vpc-1`
  const invoked = { reached: false, code: 'TimedOut', detail: 'x', mend: 'y' }
  const invoking = await serve(request =>
    answerInvoke(request, {
      ...{ functions: [{ name: probe } as FunctionSpec], principals, nonces: new Nonces(), meddler: fc.meddler, now: Date.now },
      run: async () => ({ outcome: { end: 'returned', body: Buffer.from(JSON.stringify(invoked)) }, cold: false, ms: 1, lines: [] }),
      later: () => {},
    }),
  )
  const calls = (): Call[] => [journal, bundle, rds, queues, fc].flatMap(one => one.calls)
  const env = {
    ALIBABA_CLOUD_ACCESS_KEY_ID: session.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: session.accessKeySecret,
    ALIBABA_CLOUD_SECURITY_TOKEN: session.securityToken,
    FC_REGION: region,
    FC_ACCOUNT_ID: session.accountId,
    RDS_ENDPOINT: rds.endpoint,
    RDS_PROTOCOL: 'http',
    MNS_ENDPOINT: mns.url,
    INVOKE_ENDPOINT: `127.0.0.1:${invoking.port}`,
    INVOKE_PROTOCOL: 'http',
    JOURNAL_BUCKET: names.journal,
    BUNDLE_BUCKET: names.bundle,
    BUNDLE_BASE_URL: `${bundle.at.endpoint}/${names.bundle}`,
  }
  const signed = ['rds', 'queue', 'probes', 'letters'] as const
  const ports = {
    ...(await portsFor(signed, 'a', { ...env, OSS_ENDPOINT: journal.at.endpoint })),
    ...(await portsFor(['journal', 'logNames'], 'a', { ...env, OSS_ENDPOINT: journal.at.endpoint })),
    ...(await portsFor(['bundles'], 'a', { ...env, OSS_ENDPOINT: bundle.at.endpoint })),
  }
  const update = { region, instance: 'rm-1', host, value: 1, settings: {} } as const
  const notice = event('RenewalProven', { plan: 'p', renewal: 'r' })
  const letter = { step: 'notify', code: 'BadEvent', message: 'm', envelope: '{}' }
  const entry = (n: number) => ({ n, attempt: 'a', at, fact: 1 })
  /** In an order in which each finds what it needs. A method that does more at some times than at others does all of it here. */
  const acts: Record<Method, () => Promise<unknown>> = {
    'rds.regions': () => ports.rds.regions(),
    'rds.list': () => ports.rds.list(region),
    'rds.instance': () => ports.rds.instance(region, 'rm-1'),
    'rds.protection': () => ports.rds.protection(region, 'rm-1'),
    'rds.proxies': () => ports.rds.proxies(region, 'rm-1'),
    'rds.port': () => ports.rds.port(region, 'rm-1', host),
    'rds.vendorTasks': () => ports.rds.vendorTasks(region),
    'rds.cancelTask': () => ports.rds.cancelTask(region, '18800001'),
    'rds.tasksSince': () => ports.rds.tasksSince(region, 'rm-1', at),
    'rds.updateValidity': () => ports.rds.updateValidity(update),
    // The eighth writes the head, too; the ninth finds its place taken and looks by whom.
    'journal.append': async () => {
      for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 8]) await ports.journal.append('plans/p', entry(n))
    },
    'journal.read': () => ports.journal.read('plans/p'),
    'journal.newest': () => ports.journal.newest('plans/p'),
    'journal.remind': () => ports.journal.remind(at, 'plans/p'),
    'journal.due': () => ports.journal.due(at, 10),
    'journal.forget': () => ports.journal.forget(at, 'plans/p'),
    'logNames.under': () => ports.logNames.under('plans'),
    'logNames.versioned': () => ports.logNames.versioned(),
    'queue.send': () => ports.queue.send([notice]),
    'queue.bury': () => ports.queue.bury(letter),
    'bundles.manifest': () => ports.bundles.manifest(),
    // Once more, and it compares what is there.
    'bundles.publish': async () => {
      for (const again of [manifest, manifest]) await ports.bundles.publish(again, files)
    },
    'bundles.pem': () => ports.bundles.pem(version),
    'bundles.checked': () => ports.bundles.checked(manifest),
    'bundles.writeProof': () => ports.bundles.writeProof(proof),
    'bundles.proof': () => ports.bundles.proof('rm-1'),
    'bundles.proofs': () => ports.bundles.proofs(),
    'probes.shake': () => ports.probes.shake(probe, { engine: 'MySQL', host, port: 3306, timeoutMs: 100 }),
    'letters.count': () => ports.letters.count(),
    'letters.depths': () => ports.letters.depths(),
    'letters.peek': () => ports.letters.peek(),
    'letters.take': async () => taken.push(...(await ports.letters.take())),
    'letters.putBack': () => ports.letters.putBack(taken[0]?.handle ?? ''),
    'letters.remove': () => ports.letters.remove(taken[1]?.handle ?? ''),
  }
  const taken: { handle: string }[] = []
  await ports.queue.bury(letter)
  const found = new Map<Method, Request[]>()
  try {
    for (const [method, act] of Object.entries(acts) as [Method, () => Promise<unknown>][]) {
      const before = new Set(calls())
      await act()
      const made = calls().filter(call => !before.has(call))
      if (made.length === 0) throw new Error(`${method} asked nothing of any service`)
      // What is read the way applications read it is not signed.
      found.set(
        method,
        made.filter(call => call.principal !== 'anonymous').map(call => requestOf(call)),
      )
    }
  } finally {
    await Promise.all([journal, bundle, rds, mns, invoking].map(one => one.close()))
  }
  return found
}

/** By the names and forms that RAM has for them. `buckets` are the embedded ones' names, which become those of an account. */
export function requestOf({ service, action, resource }: Call, buckets = names): Request {
  return { action: `${service}:${actionOf(action)}`, resource: resourceOf(service, action, resource, buckets) }
}

/** Listing has one right for both versions of the call, a batch that of the single call. */
const actionOf = (action: string): string => action.replace(/^Batch/, '').replace(/^ListObjectsV2$/, 'ListObjects')

export const account = session.accountId

function resourceOf(service: Call['service'], action: string, resource: string, buckets: typeof names): string {
  switch (service) {
    case 'oss': {
      const [bucket, ...key] = resource.split('/')
      const known = Object.entries(buckets).find(([, name]) => name === bucket)?.[0]
      return ['acs:oss:*', account, [`rds-tls-${known ?? 'unknown'}-${account}`, ...key].join('/')].join(':')
    }
    case 'mns':
      return `acs:mns:${region}:${account}:/queues/${resource}${action === 'GetQueueAttributes' ? '' : '/messages'}`
    case 'fc':
      return `acs:fc:${region}:${account}:functions/${resource}`
    case 'rds':
      return `acs:rds:${region}:${account}:dbinstance/${resource.startsWith('rm-') ? resource : '*'}`
    default:
      throw new Error(`${service} has no rights here`)
  }
}
