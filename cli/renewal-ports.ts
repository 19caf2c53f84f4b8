import { randomUUID } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { bundlesOver } from '../shared/adapters/bundles.ts'
import { bucketOf } from '../shared/adapters/connect/bucket.ts'
import type { Fetch } from '../shared/adapters/download.ts'
import { journalOver, logNamesOver } from '../shared/adapters/journal.ts'
import { portsFor } from '../shared/adapters/ports.ts'
import type { ObjectStore } from '../shared/adapters/store.ts'
import { realTiming } from '../shared/adapters/timing.ts'
import { readConfig } from '../shared/config.ts'
import { endpointHosts } from '../shared/endpoint-hosts.ts'
import { shake } from '../shared/handshake/handshake.ts'
import type { Bundles, Journal, LogNames, Probes } from '../shared/ports.ts'
import type { Access } from './access.ts'
import { folderStore } from './folder-store.ts'
import { memoryQueue } from './memory-queue.ts'
import type { DrivePorts } from './renewal-drive.ts'
import type { Terminal } from './terminal.ts'

/** Where a renewal is journalled: where the deployment does it, or in a folder where nothing is deployed. */
export type Place = { kind: 'deployment'; journal: string } | { kind: 'folder'; folder: string }

export type RenewalPorts = DrivePorts & { logNames: LogNames }

/** The name of the probe that is this machine itself. */
export const here = 'this-machine'

export const defaultFolder = (account: string, env: Access['env']): string => join(env.HOME || homedir(), '.rds-tls', account)

/** Every port of the steps, over the reader's own keys. */
export async function renewalPorts(access: Access, account: string, place: Place, at: Terminal): Promise<RenewalPorts> {
  const env = environmentOf(access, account, place)
  const attempt = `rds-tls-${randomUUID()}`
  const { rds, source, trust, settings } = await portsFor(['rds', 'source', 'trust'], attempt, env)
  const { journal, logNames, bundles } = place.kind === 'folder' ? inFolder(place.folder) : await deployed(attempt, env)
  return {
    clock: { now: at.now },
    attempt,
    settings,
    rds,
    source,
    trust,
    journal,
    logNames,
    bundles,
    queue: memoryQueue(() => at.now().getTime()),
    probes: await probesFrom(attempt, env),
  }
}

function environmentOf({ env, region, local }: Access, account: string, place: Place): Record<string, string | undefined> {
  const outside = local ? {} : { OSS_ENDPOINT: env.OSS_ENDPOINT || `https://oss-${region}.aliyuncs.com` }
  const buckets =
    place.kind === 'folder'
      ? {}
      : {
          JOURNAL_BUCKET: place.journal,
          BUNDLE_BUCKET: env.BUNDLE_BUCKET || `rds-tls-bundle-${account}`,
        }
  return { ...env, ...outside, ...buckets, FC_ACCOUNT_ID: account }
}

type Kept = { journal: Journal; logNames: LogNames; bundles: Bundles }

async function deployed(attempt: string, env: Record<string, string | undefined>): Promise<Kept> {
  const { journal, logNames } = await portsFor(['journal', 'logNames'], attempt, env)
  const { journal: bucket, credentials } = readConfig(env, ['journal'])
  const store = await bucketOf({ ...bucket, bucket: env.BUNDLE_BUCKET ?? '' }, credentials)
  return { journal, logNames, bundles: bundlesIn(store) }
}

/** Applications may pull by an address that only their networks know: here what is published is read in its bucket or folder. */
const bundlesIn = (store: ObjectStore): Bundles => bundlesOver(store, 'stored:', realTiming, fetchFrom(store))

function inFolder(folder: string): Kept {
  const store = folderStore(folder)
  return {
    journal: journalOver(store, realTiming, folder),
    logNames: logNamesOver(store, folder),
    bundles: bundlesIn(folderStore(join(folder, 'bundle'))),
  }
}

/** A GET, answered from a store. */
const fetchFrom =
  (store: ObjectStore): Fetch =>
  async url => {
    const bytes = await store.get(String(url).replace(/^stored:\//, ''))
    return bytes === undefined ? new Response(null, { status: 404 }) : new Response(new Uint8Array(bytes))
  }

/** A probe function where the policy names one, else a handshake from here. */
async function probesFrom(attempt: string, env: Record<string, string | undefined>): Promise<Probes> {
  const invoked = (await portsFor(['probes'], attempt, env)).probes
  const hosts = await endpointHosts(env.ENDPOINT_HOSTS)
  return {
    async shake(from, target) {
      if (from !== here) return invoked.shake(from, target)
      const address = hosts.get(target.host)
      const seen = await shake({ ...target, ...(address ? { address } : {}) })
      if (seen.reached) return { reached: true, chain: seen.chain, protocol: seen.protocol, cipher: seen.cipher }
      return { reached: false, code: seen.failure.code, detail: seen.failure.sentence, mend: seen.failure.mend }
    },
  }
}
