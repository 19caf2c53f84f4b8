import { type Base, type Bucket, type Config, type Credentials, type Need, readConfig } from '../config.ts'
import { Fault, unreachable } from '../errors.ts'
import type { Approvals, Ports } from '../ports.ts'
import { readSecrets, type Secrets } from '../secrets.ts'
import { limiter, rdsRate } from './limiter.ts'
import { Memory } from './memory.ts'
import type { ObjectStore } from './store.ts'
import { realTiming } from './timing.ts'

/** The ports of a step with these needs, and the three that every step has. */
export type PortsFor<N extends Need> = Pick<Ports, 'clock' | 'attempt' | 'settings' | Extract<N, keyof Ports>>

type Environment = Readonly<Record<string, string | undefined>>

/** What outlives an invocation: clients with their open connections, rates, and what was checked once. */
const memory = new Memory()
const timing = realTiming

/**
 * The ports that `needs` name, over the cloud that the environment describes. Each adapter, and the SDK behind it, is loaded only where it is
 * needed: that decides how long a cold start takes. `attempt` is the host's request id.
 *
 * @throws Fault BadConfig, with every fault of the environment by name
 */
export async function portsFor<const N extends Need>(
  needs: readonly N[],
  attempt: string,
  env: Environment = process.env,
): Promise<PortsFor<N>> {
  const config = readConfig(env, needs) as Base & Partial<Config>
  const ports: Partial<Ports> = {
    clock: { now: () => new Date() },
    attempt,
    settings: { account: config.accountId, region: config.region, pace: config.pace, bundleUrl: config.bundleUrl },
  }
  const made = await Promise.all([...new Set<Need>(needs)].map(need => portOf(need, config as Config)))
  return Object.assign(ports, ...made) as PortsFor<N>
}

async function portOf(need: Need, config: Config): Promise<Partial<Ports>> {
  const kept = <T>(made: () => Promise<T>) => memory.keep(need, [config[need], config.credentials], made)
  switch (need) {
    case 'rds':
      return { rds: await kept(() => rdsOf(config)) }
    case 'journal':
      return { journal: await kept(() => journalOf(config)) }
    case 'queue':
      return { queue: await kept(() => queueOf(config)) }
    case 'bundles':
      return { bundles: await kept(() => bundlesOf(config)) }
    case 'source':
      return { source: await kept(() => sourceOf(config)) }
    case 'trust':
      return { trust: (await import('./trust.ts')).trust }
    case 'probes':
      return { probes: await kept(() => probesOf(config)) }
    case 'chat':
      return { chat: await chatOf(config) }
    case 'approvals':
      return { approvals: await approvalsOf(config) }
    case 'policyFile':
      return { policyFile: await policyFileOf(config) }
    default:
      return unreachable(need)
  }
}

async function rdsOf({ rds: config, region, credentials }: Config) {
  const [{ rdsOver }, { loadClient }] = await Promise.all([import('./rds/rds.ts'), import('./rds/client.ts')])
  const { clientOf, requests } = await loadClient(config, signing(credentials))
  return rdsOver({ clientOf, requests, limiter: limiter(rdsRate(config.perMinute), timing), timing, home: region, regions: config.regions })
}

async function journalOf({ journal, credentials }: Config) {
  const [{ journalOver }, store] = await Promise.all([import('./journal.ts'), storeOf(journal, credentials)])
  return journalOver(store, timing, journal.bucket)
}

async function queueOf(config: Config) {
  const [{ queueOver }, { mnsClient }] = await Promise.all([import('./queue.ts'), import('./mns/client.ts')])
  return queueOver(await mnsClient(config, signing(config.credentials)), timing)
}

async function bundlesOf({ bundles, credentials }: Config) {
  const [{ bundlesOver }, store] = await Promise.all([import('./bundles.ts'), storeOf(bundles, credentials)])
  return bundlesOver(store, bundles.baseUrl, timing, fetch)
}

async function sourceOf({ source }: Config) {
  const { sourceAt } = await import('./source.ts')
  return sourceAt(source.url, timing, fetch)
}

async function probesOf({ probes, credentials }: Config) {
  const [{ probesOver }, { functionsAt }] = await Promise.all([import('./probes.ts'), import('./functions.ts')])
  return probesOver(await functionsAt(probes, signing(credentials)), timing)
}

async function chatOf({ chat, credentials }: Config) {
  const { chatOver, dingTalkRate } = await import('./chat/chat.ts')
  const { channels } = await secretsOf(chat, credentials)
  const dingTalk = await memory.keep('dingtalk', [], async () => limiter(dingTalkRate, timing))
  return chatOver(channels, timing, dingTalk, fetch)
}

async function approvalsOf({ approvals, credentials }: Config): Promise<Approvals> {
  const { mintToken, readToken } = await import('../page/token.ts')
  const { approvalKey } = await secretsOf(approvals, credentials)
  return { url: approvals.url, mint: of => mintToken(approvalKey, of), read: token => readToken(approvalKey, token, new Date()) }
}

async function policyFileOf({ policyFile }: Config) {
  const { readFile } = await import('node:fs/promises')
  return {
    async read() {
      try {
        return await readFile(policyFile.file, 'utf8')
      } catch {
        throw new Fault('BadConfig', `POLICY_FILE cannot be read: put the policy beside the function, or name it`)
      }
    },
  }
}

/** Secrets are read again after five minutes, so that a rotated one is seen. */
const secretsLast = 300_000

async function secretsOf(
  { secretsKey, bucket }: { secretsKey: string; bucket: Bucket },
  credentials: Credentials | undefined,
): Promise<Secrets> {
  const read = async () => {
    const bytes = await (await storeOf(bucket, credentials)).get(secretsKey)
    if (bytes === undefined) throw new Fault('BadConfig', `SECRETS: there is no ${secretsKey} in ${bucket.bucket}`)
    return readSecrets(Buffer.from(bytes).toString())
  }
  return memory.keep('secrets', [secretsKey, bucket, credentials, Math.floor(timing.now() / secretsLast)], read)
}

function storeOf(bucket: Bucket, credentials: Credentials | undefined): Promise<ObjectStore> {
  return memory.keep(`bucket ${bucket.bucket}`, [bucket, credentials], async () => {
    const { ossStore } = await import('./oss/oss.ts')
    return ossStore(bucket, signing(credentials), timing)
  })
}

function signing(credentials: Credentials | undefined): Credentials {
  if (credentials === undefined) throw new Fault('BadConfig', 'ALIBABA_CLOUD_ACCESS_KEY_ID is missing: give the function a role')
  return credentials
}
