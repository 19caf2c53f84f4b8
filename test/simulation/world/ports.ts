import { Fault } from '../../../shared/errors.ts'
import { consumerOf, deadLetters, queueOf } from '../../../shared/flow.ts'
import { bundleNames } from '../../../shared/formats/trust.ts'
import type {
  Approvals,
  BundleSource,
  Bundles,
  Chat,
  Entry,
  Journal,
  Manifest,
  Ports,
  Probes,
  ProofFile,
  Queue,
} from '../../../shared/ports.ts'
import { describedTrust, servedBy } from './certificates.ts'
import type { Process } from './process.ts'
import { rdsOf } from './rds-service.ts'
import { account, bundleBucket, hintBucket, home, journalBucket, type World } from './world.ts'

/** Stands in every approval token: a token belongs into a card's link and nowhere else. */
export const tokenCanary = 'CANARYTOKEN'

/** All ports of one process, over the world. Each call of each is a point at which the process may die or be told a lie. */
export function portsOf(world: World, process: Process): Ports {
  let rds: Ports['rds'] | undefined
  return {
    clock: { now: () => process.now() },
    attempt: process.attempt,
    settings: { account, region: home, pace: world.pace, bundleUrl: 'https://ca.example.com' },
    get rds() {
      rds ??= rdsOf(
        process,
        (action, params) => world.handle(process, action, params),
        () => world.watcher.heard(process),
        home,
      )
      return rds
    },
    journal: journalOf(world, process),
    queue: queueOfProcess(world, process),
    bundles: bundlesOf(world, process),
    source: sourceOf(world, process),
    trust: describedTrust,
    probes: probesOf(world, process),
    chat: chatOf(world, process),
    policyFile: { read: async () => '{}' },
    approvals: approvalsOf(process),
  }
}

const parsed = new WeakMap<Uint8Array, unknown>()

/** JSON of an object's bytes, which never change: read once. */
function json(bytes: Uint8Array): unknown {
  const known = parsed.get(bytes)
  if (known !== undefined) return known
  const value: unknown = JSON.parse(Buffer.from(bytes).toString())
  parsed.set(bytes, value)
  return value
}

const keyOf = (log: string, n: number): string => `journal/${log}/${String(n).padStart(4, '0')}.json`

const walked = new WeakMap<World, Map<string, Entry[]>>()

/** All entries of a log as they lie in the bucket. They are created once: what an earlier walk has seen is there still. */
export function entriesOf(world: World, log: string): readonly Entry[] {
  const logs = walked.get(world) ?? new Map<string, Entry[]>()
  walked.set(world, logs)
  const known = logs.get(log) ?? []
  for (let n = known.length + 1; ; n++) {
    const got = world.oss.get(journalBucket, keyOf(log, n))
    if (!got.ok) break
    known.push(json(got.value.bytes) as Entry)
  }
  logs.set(log, known)
  return known
}

const instantOf = (look: string): string => new Date(look).toISOString()

/**
 * A read walks until an entry is missing. Entries are created once and never changed, so what a walk returns is the log at the moment of its
 * last look: one point. A lost answer of an append is settled within the adapter, so that here it is appended, taken, or nobody knows.
 */
function journalOf(world: World, process: Process): Journal {
  const { oss, time } = world
  return {
    read: log => process.call('journal.read', () => [...entriesOf(world, log)]),
    newest: log => process.call('journal.newest', () => entriesOf(world, log).at(-1)),
    append: (log, entry) =>
      process.call(log === 'restarts' ? 'journal.append restarts' : 'journal.append', () => {
        const bytes = Buffer.from(JSON.stringify(entry))
        const put = oss.put(journalBucket, keyOf(log, entry.n), { bytes, forbidOverwrite: true }, time.now)
        if (!put.ok) return 'taken'
        world.watcher.appended(process, log, entry)
        return 'appended'
      }),
    remind: (look, id) =>
      process.call('journal.remind', () => {
        oss.put(hintBucket, `open/${instantOf(look)}~${id}`, { bytes: Buffer.from('.') }, time.now)
        world.watcher.hinted(process, 'remind', look, id)
        world.onHint(Date.parse(look))
      }),
    forget: (look, id) =>
      process.call('journal.forget', () => {
        oss.delete(hintBucket, `open/${instantOf(look)}~${id}`)
        world.watcher.hinted(process, 'forget', look, id)
      }),
    due: (until, most) =>
      process.call('journal.due', () => {
        const latest = instantOf(until)
        return hintsOf(world, most).filter(hint => hint.look <= latest)
      }),
  }
}

export function hintsOf({ oss }: World, most = 1000): { look: string; id: string }[] {
  const listed = oss.list(hintBucket, { prefix: 'open/', maxKeys: Math.min(most, 1000) })
  if (!listed.ok) return []
  return listed.value.objects.map(({ key }) => {
    const [look = '', id = ''] = key.slice('open/'.length).split('~')
    return { look, id }
  })
}

function queueOfProcess(world: World, process: Process): Queue {
  const put = (queue: string, body: string, delaySeconds: number) => {
    const base64 = Buffer.from(body).toString('base64')
    const sent = world.mns.send(queue, { body: base64, delaySeconds }, world.time.now)
    if (!sent.ok) throw new Fault('Refused', sent.fault.message)
    world.onMessage(queue, { id: sent.value.messageId, body: base64 }, world.time.now + delaySeconds * 1000)
  }
  return {
    async send(events, delaySeconds = 0) {
      await Promise.all(
        events.map(event =>
          process.call('queue.send', () => {
            const text = JSON.stringify(event)
            put(queueOf(consumerOf[event.type]), text, delaySeconds)
            world.watcher.sent(process, event)
          }),
        ),
      )
    },
    bury: letter =>
      process.call('queue.bury', () => {
        const text = JSON.stringify(letter)
        put(deadLetters, text, 0)
        world.watcher.buried(process, text)
      }),
  }
}

const manifestKey = 'ca/latest/manifest.json'

export function manifestOf({ oss }: World): Manifest | undefined {
  const got = oss.get(bundleBucket, manifestKey)
  return got.ok ? (json(got.value.bytes) as Manifest) : undefined
}

export function pemOf({ oss }: World, version: string): string | undefined {
  const got = oss.get(bundleBucket, `ca/v/${version}/${bundleNames.pem}`)
  return got.ok ? Buffer.from(got.value.bytes).toString() : undefined
}

function bundlesOf(world: World, process: Process): Bundles {
  const { oss, time } = world
  const put = (key: string, bytes: Uint8Array) => void oss.put(bundleBucket, key, { bytes }, time.now)
  const proofIn = (key: string): ProofFile | undefined => {
    const got = oss.get(bundleBucket, key)
    return got.ok ? (json(got.value.bytes) as ProofFile) : undefined
  }
  return {
    manifest: () => process.call('bundles.manifest', () => manifestOf(world)),
    pem: version =>
      process.call('bundles.pem', () => {
        const pem = pemOf(world, version)
        if (pem === undefined) throw new Fault('BadReply', `version ${version} is not there`)
        return pem
      }),
    async publish(manifest, files) {
      await process.call('bundles.publish files', () => {
        for (const [name, bytes] of Object.entries(files)) put(`ca/v/${manifest.version}/${name}`, bytes)
      })
      await process.call('bundles.publish', () => {
        const before = manifestOf(world)
        put(manifestKey, Buffer.from(JSON.stringify(manifest)))
        const members = describedTrust.read(pemOf(world, manifest.version) ?? '').map(one => one.fingerprint)
        world.watcher.published(process, manifest, members, before)
      })
    },
    async checked(manifest) {
      const now = await process.call('bundles.checked look', () => manifestOf(world))
      if (now?.version !== manifest.version) return
      await process.call('bundles.checked', () => {
        const before = manifestOf(world)
        put(manifestKey, Buffer.from(JSON.stringify(manifest)))
        if (before?.version === manifest.version) return world.watcher.checked(process, manifest)
        const members = describedTrust.read(pemOf(world, manifest.version) ?? '').map(one => one.fingerprint)
        world.watcher.published(process, manifest, members, before)
      })
    },
    proof: instance => process.call('bundles.proof', () => proofIn(`instances/${instance}.json`)),
    writeProof: proof =>
      process.call('bundles.writeProof', () => {
        put(`instances/${proof.instance}.json`, Buffer.from(JSON.stringify(proof)))
        world.watcher.proved(process, proof)
      }),
    proofs: () =>
      process.call('bundles.proofs', () => {
        const listed = oss.list(bundleBucket, { prefix: 'instances/', maxKeys: 1000 })
        return listed.ok ? listed.value.objects.map(({ bytes }) => json(bytes) as ProofFile) : []
      }),
  }
}

function sourceOf(world: World, process: Process): BundleSource {
  return {
    fetch: () =>
      process.call('source.fetch', () => {
        const { fails } = world.source
        if (fails !== undefined) throw new Fault(fails, `the CA archive: ${fails}`)
        const certificates = world.archive()
        world.watcher.fetched(process, describedTrust.write(certificates).version)
        return certificates
      }),
  }
}

function probesOf(world: World, process: Process): Probes {
  return {
    shake: (from, { host }) =>
      process.call('probes.shake', () => {
        const instance = world.instanceAt(host)
        const no = (code: string) => ({ reached: false, code, detail: `${host}: ${code}`, mend: 'look at it' }) as const
        const served = !instance?.served
          ? no('NoTls')
          : world.vpcOf(from) !== instance.vpcId || instance.allowlist.length === 0
            ? no('HostNotAllowed')
            : instance.down
              ? no('ConnectionRefused')
              : {
                  reached: true as const,
                  chain: servedBy(instance.served, world.issuerOf(instance.served)),
                  protocol: 'TLSv1.2',
                  cipher: 'C',
                }
        world.watcher.shaken(process, host, served)
        return served
      }),
  }
}

function chatOf(world: World, process: Process): Chat {
  return {
    post: (channel, card) =>
      process.call('chat.post', () => {
        if (!world.channels.has(channel)) throw new Fault('BadConfig', `channel ${channel} is not in the secrets`)
        if (!world.chat.admit(channel, world.time.now)) throw new Fault('Busy', `channel ${channel} throttles`)
        const { id, title, text, button, urgent } = card
        world.chat.show(channel, { title, text, buttons: button ? [button] : [], urgent }, world.time.now, id)
        world.watcher.posted(process, channel, card)
      }),
  }
}

function approvalsOf(process: Process): Approvals {
  return {
    url: 'https://renew.example.com',
    mint: async ({ plan, validUntil }) => `${tokenCanary}.${plan}~${validUntil}`,
    read: async token => {
      const [, plan, validUntil] = /^CANARYTOKEN\.(.+)~(.+)$/.exec(token) ?? []
      if (plan === undefined || validUntil === undefined) return { ok: false, reason: 'Malformed' }
      return Date.parse(validUntil) < process.now().getTime() ? { ok: false, reason: 'Expired' } : { ok: true, plan }
    },
  }
}
