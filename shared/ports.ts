import type { EchoedSettings, Engine, Instance, Listed, Protection, ProxyCertificate, VendorTask } from './domain/instance.ts'
import type { Pace } from './domain/pace.ts'
import type { AnyEvent } from './events.ts'
import type { Certificate } from './formats/certificate.ts'
import type { TrustBundle } from './formats/trust.ts'
import type { LeafDescription } from './handshake/describe.ts'
import type { ChainVerdict, IssuerVerdict } from './handshake/verify.ts'
import type { SignedIdentity } from './identity.ts'

/** Everything a step may reach. Each step takes the part it needs; adapters implement the ports over cloud SDKs, tests over fakes. */
export type Ports = {
  clock: Clock
  /** The host's request id: the one id that is not derived. It marks which attempt wrote a journal entry. */
  attempt: string
  rds: Rds
  journal: Journal
  queue: Queue
  bundles: Bundles
  source: BundleSource
  trust: Trust
  probes: Probes
  chat: Chat
  settings: Settings
  policyFile: PolicyFile
  approvals: Approvals
}

/** What serves people's commands reaches, besides: no step of the chain does. */
export type OperatorPorts = Ports & { identities: Identities; letters: Letters; logNames: LogNames }

/** What every step knows of the deployment. */
export type Settings = { account: string; region: string; pace: Pace; bundleUrl: string | undefined }

/** The policy that was packaged with the function: it counts only while the journal has none. */
export type PolicyFile = { read(): Promise<string> }

/** Links to the approval page: minted by notify, read by answer-approval. `url` is undefined where no page is deployed. */
export type Approvals = {
  url: string | undefined
  mint(of: { plan: string; validUntil: string }): Promise<string>
  read(token: string): Promise<{ ok: true; plan: string } | { ok: false; reason: 'Expired' | 'Malformed' | 'BadSignature' }>
}

/** Who stands behind a request that was signed and handed over. `host` is the one that it must be signed for. */
export type Identities = {
  host: string
  /** Sends it, once. `identity` is like `user/li.wei`; `code` is the service's own word, like `SignatureNonceUsed`. */
  whoSigned(signed: SignedIdentity): Promise<{ known: true; account: string; identity: string } | { known: false; code: string }>
}

/** Which logs there are, for people who look something up: listing may lag behind, so that nothing is decided by it. */
export type LogNames = {
  /** Where they lie: a bucket's name. */
  bucket: string
  /** Whether the bucket keeps versions, or ever did: then nothing is created once. */
  versioned(): Promise<boolean>
  /** Names of logs that begin so, in order, at most 1000 entries deep. */
  under(prefix: string): Promise<string[]>
}

/** A message among the dead letters. `handle` deletes it, for as long as it stays hidden from others. */
export type Letter = { id: string; body: string; enqueuedAt: string; received: number }

/** Messages that could not be delivered, for people to look at, to send again or to throw away. */
export type Letters = {
  /** How many wait, and how many somebody looks at just now. */
  count(): Promise<{ waiting: number; hidden: number }>
  /** Every queue of the chain, and the dead letters: how many messages wait there; `fault` where it cannot be asked, with the service's own code. */
  depths(): Promise<({ queue: string; waiting: number; hidden: number } | { queue: string; fault: string })[]>
  /** At most 16, without hiding them from anybody. */
  peek(): Promise<Letter[]>
  /** At most 16, hidden from others for a minute. */
  take(): Promise<(Letter & { handle: string })[]>
  remove(handle: string): Promise<void>
  /** Lets a letter that was taken be seen again at once. */
  putBack(handle: string): Promise<void>
}

export type Clock = { now(): Date }

/** Reads throw Fault (`Busy`, `Unreachable`, `Refused`, `BadReply`). An instance that is gone is a value: undefined. */
export type Rds = {
  regions(): Promise<string[]>
  /** One page of at most 100; `next` is the token of the page after it. */
  list(region: string, next?: string): Promise<{ instances: Listed[]; next?: string }>
  instance(region: string, id: string): Promise<Instance | undefined>
  /** `{enabled: false}` also where the engine answers that it has no TLS. */
  protection(region: string, id: string): Promise<Protection | undefined>
  /** The certificates of a MySQL instance's database proxy; none where it has no proxy, or its TLS is off. */
  proxies(region: string, id: string): Promise<ProxyCertificate[]>
  /** The port of an endpoint, from DescribeDBInstanceNetInfo; undefined where the host is not among the instance's endpoints. */
  port(region: string, id: string, host: string): Promise<number | undefined>
  vendorTasks(region: string): Promise<VendorTask[]>
  /** Cancels one of Alibaba's own tasks. Throws Refused where the service does not let it, or knows no such task that still waits. */
  cancelTask(region: string, id: string): Promise<void>
  /** The types of this instance's tasks that began at or after `since` (ISO UTC, at most 30 days ago), whoever began them. At most 100. */
  tasksSince(region: string, id: string, since: string): Promise<string[]>
  /** Update Validity: sends once, never again, and never throws: the three answers are told apart here and nowhere else. */
  updateValidity(update: ValidityUpdate): Promise<UpdateReply>
}

export type ValidityUpdate = {
  region: string
  instance: string
  /** Must be the endpoint that was read: another one would move the protection. */
  host: string
  /** What `SSLEnabled` carries: 2 for SQL Server, 1 elsewhere, by policy. Never 0. */
  value: 1 | 2
  /** Sent for MySQL and PostgreSQL, whose newest reference requires it; that Alibaba issued the certificate was established before. */
  caType?: 'aliyun'
  settings: EchoedSettings
}

/**
 * `refused` is a parsed 4xx, a throttling reply or a connection that never opened: nothing happened. `unknown` is everything else (a
 * time-out, a hang-up, a 5xx, an unreadable answer): it may have happened.
 */
export type UpdateReply =
  | { reply: 'accepted'; requestId: string }
  | { reply: 'refused'; code: string; message: string }
  | { reply: 'unknown'; cause: string }

/**
 * Logs of create-once objects. A log is a name like `renewals/<id>`; entries count from 1 without gaps. What an entry says is JSON of its
 * log's own schema; `attempt` and `at` are kept beside it.
 */
export type Journal = {
  /** All entries in order. Walks forward by GET until one is missing; never lists. */
  read(log: string): Promise<Entry[]>
  /** The newest entry, found from the head hint onward: for logs whose entries carry the state after them. */
  newest(log: string): Promise<Entry | undefined>
  /** Creates entry `n` (the caller has read 1…n−1). `taken` where another attempt holds it; a reply that was lost is settled by reading the key. */
  append(log: string, entry: Entry): Promise<'appended' | 'taken'>
  /** Hints for the sweep: wake `id` (`renewals/…`, `plans/…`) at `look`, ISO UTC. Writing one twice is writing it once. */
  remind(look: string, id: string): Promise<void>
  forget(look: string, id: string): Promise<void>
  /** Hints whose look is not after `until`, oldest first, at most `most`. */
  due(until: string, most: number): Promise<{ look: string; id: string }[]>
}

export type Entry = { n: number; attempt: string; at: string; fact: unknown }

/** Sends to the one queue of the event's consumer. `delaySeconds` 0–604800. Throws where any message was not accepted. */
export type Queue = {
  send(events: readonly AnyEvent[], delaySeconds?: number): Promise<void>
  /** Puts a message that can never succeed where people find it. */
  bury(letter: { step: string; code: string; message: string; envelope: string }): Promise<void>
}

/** The published side: what applications pull. */
export type Bundles = {
  /** What `ca/latest/manifest.json` says now, read the way applications read it; undefined before the first publication. */
  manifest(): Promise<Manifest | undefined>
  /** The PEM of a version as published, read the way applications read it. */
  pem(version: string): Promise<string>
  /**
   * Writes the certificates' formats immutably under their version, then a copy of every file beside the manifest, then the manifest, which is
   * the only switch. Words and scripts have copies alone: they change with the release.
   */
  publish(manifest: Manifest, files: Readonly<Record<string, Uint8Array>>): Promise<void>
  /** Records a look at the source that found nothing new; does nothing where another version was published meanwhile. */
  checked(manifest: Manifest): Promise<void>
  proof(instance: string): Promise<ProofFile | undefined>
  writeProof(proof: ProofFile): Promise<void>
  /** Every instance that has a proof; for the guard. */
  proofs(): Promise<ProofFile[]>
}

/** `ca/latest/manifest.json`. */
export type Manifest = {
  /** SHA-256 of the PEM, lower-case hex; names `ca/v/<version>/`. */
  version: string
  publishedAt: string
  /** When the source was last seen to hold exactly this bundle. */
  checkedAt: string
  certificates: number
  roots: readonly string[]
  expired: readonly string[]
  /** name → SHA-256 */
  files: Readonly<Record<string, string>>
}

/** `instances/<id>.json`: what an endpoint served, seen from where and when. Holds no secret: a leaf and its chain are public. */
export type ProofFile = {
  region: string
  instance: string
  host: string
  verdict: 'proven' | 'refuted' | 'unreached'
  /** Why, where it is not proven. */
  reason: string | undefined
  /** DER, base64, leaf first; empty where unreached. */
  chain: readonly string[]
  fingerprint: string | undefined
  serial: string | undefined
  notAfter: string | undefined
  protocol: string | undefined
  /** What stricter clients may refuse though it is trusted: see Weakness. Absent where there is none. */
  weaknesses?: readonly string[] | undefined
  bundle: string | undefined
  from: string
  at: string
}

/** The vendor's CA archive. */
export type BundleSource = {
  /** The certificates of all members, which must agree; throws Fault BadArchive or Unreachable. */
  fetch(): Promise<readonly Certificate[]>
}

/**
 * What certificates say and are worth. Pure, and a port all the same: reading and verifying is most of what a step costs, and whoever lives
 * through years of renewals in a second stands descriptions in for signed certificates here, and for nothing else.
 */
export type Trust = {
  /** The certificates of a bundle's PEM. */
  read(pem: string): readonly Certificate[]
  /** All files of a bundle. The same certificates give the same bytes. */
  write(certificates: readonly Certificate[]): TrustBundle
  describe(chain: readonly Uint8Array[]): LeafDescription
  verify(chain: readonly Uint8Array[], bundle: readonly Uint8Array[], host: string, at: Date): ChainVerdict
  issuer(chain: readonly Uint8Array[], bundle: readonly Uint8Array[]): IssuerVerdict
  /** Those that no root among them signed: Java trusts each as a root. */
  unanchored(bundle: readonly Certificate[]): readonly Certificate[]
}

/** A handshake without login, made from where it can be made. */
export type Probes = {
  /** `from` is a probe function's name. Never throws for an endpoint's sake: not reached is a value. */
  shake(from: string, target: { engine: Engine; host: string; port: number; timeoutMs: number }): Promise<Served>
}

/** What an endpoint serves, as a probe saw it. `chain` is DER, leaf first. */
export type Served =
  | { reached: true; chain: readonly Uint8Array[]; protocol: string; cipher: string }
  | { reached: false; code: string; detail: string; mend: string }

/** One chat channel by its name in policy and secrets. Throws Busy where the channel throttles, Refused where it rejects the card. */
export type Chat = {
  post(channel: string, card: Card): Promise<void>
}

export type Card = {
  id: string
  title: string
  /** Markdown: paragraphs, bold, list items, links. */
  text: string
  button: { label: string; url: string } | undefined
  urgent: boolean
}
