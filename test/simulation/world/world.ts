import { chatModel } from '../../../local/model/chat.ts'
import { type MnsModel, mnsModel } from '../../../local/model/mns.ts'
import { type OssModel, ossModel } from '../../../local/model/oss.ts'
import { type Certificate, type Instance, type RdsOptions, type RdsReply, RdsWorld } from '../../../local/model/rds.ts'
import type { Pace } from '../../../shared/domain/pace.ts'
import { deadLetters, type QueuedStep, queueOf } from '../../../shared/flow.ts'
import { Time } from '../time.ts'
import { type AuthorityName, bundleOf } from './certificates.ts'
import type { Process } from './process.ts'
import type { Watcher } from './watcher.ts'

export const account = '1000000000000001'
export const home = 'cn-hangzhou'
export const queuedSteps: readonly QueuedStep[] = ['request-approval', 'update-validity', 'publish-bundle', 'prove-renewal', 'notify']
export const journalBucket = 'journal'
export const hintBucket = 'hints'
export const bundleBucket = 'bundle'

export type WorldOptions = {
  now: number
  rds: Omit<RdsOptions, 'now' | 'accountId'>
  /** What the vendor's archive holds at first. */
  source: readonly AuthorityName[]
  /** Who signs the certificates that begin from an instant on; newest last. */
  issuers: readonly { from: number; issuer: AuthorityName }[]
  /** Probe function → the VPC it stands in. */
  probes: Readonly<Record<string, string>>
  channels: readonly string[]
  pace: Pace
}

/** Everything outside the functions, as the embedded cloud's models hold it, and nothing of what the functions make of it. */
export class World {
  readonly time: Time
  readonly rds: RdsWorld
  readonly mns: MnsModel = mnsModel()
  readonly oss: OssModel = ossModel({ region: home })
  readonly chat = chatModel()
  readonly channels: ReadonlySet<string>
  readonly pace: Pace
  source: { holds: readonly AuthorityName[]; fails: 'Unreachable' | 'BadArchive' | undefined }
  watcher: Watcher
  /** Called when a message was put into this queue, to be seen from `at` on. */
  onMessage: (queue: string, message: { id: string; body: string }, at: number) => void = () => {}
  /** Called when the sweep may find something at `look`. */
  onHint: (look: number) => void = () => {}
  readonly #issuers: WorldOptions['issuers']
  readonly #probes: WorldOptions['probes']

  constructor({ now, rds, source, issuers, probes, channels, pace }: WorldOptions, watcher: Watcher) {
    this.time = new Time(now)
    this.rds = new RdsWorld({ ...rds, now, accountId: account })
    this.source = { holds: source, fails: undefined }
    this.watcher = watcher
    this.channels = new Set(channels)
    this.pace = pace
    this.#issuers = issuers
    this.#probes = probes
    for (const bucket of [journalBucket, hintBucket, bundleBucket]) this.oss.putBucket(bucket, account, now)
    const attributes = { visibilityTimeout: 600, messageRetentionPeriod: 604_800 }
    for (const step of queuedSteps) this.mns.createQueue(queueOf(step), attributes, now)
    this.mns.createQueue(deadLetters, attributes, now)
  }

  issuerOf({ by, notBefore }: Certificate): AuthorityName {
    if (by === 'foreign') return 'elsewhere'
    return this.#issuers.findLast(one => one.from <= notBefore)?.issuer ?? 'issuer-1'
  }

  vpcOf(probe: string): string | undefined {
    return this.#probes[probe]
  }

  instance(id: string): Readonly<Instance> | undefined {
    this.rds.advance(this.time.now)
    return this.rds.instance(id)
  }

  instanceAt(host: string): Readonly<Instance> | undefined {
    this.rds.advance(this.time.now)
    return this.rds.instances().find(one => one.endpoints.some(endpoint => endpoint.connectionString === host))
  }

  /** One call of the RDS API by a process of ours. */
  handle(process: Process, action: string, params: Readonly<Record<string, string>>): RdsReply {
    const known = this.rds.inspect().modifications.length
    const reply = this.rds.handle(action, params, { principal: 'rds-tls', requestId: `${process.attempt}-${process.calls}` }, this.time.now)
    if (reply.body.ServerKey) this.watcher.keySeen()
    if (action === 'ModifyDBInstanceSSL') {
      const modification = this.rds.inspect().modifications[known]
      const code = reply.status === 200 ? undefined : String(reply.body.Code)
      this.watcher.called({ process, params, status: reply.status, code, modification, at: this.time.now })
    }
    return reply
  }

  archive() {
    return bundleOf(...this.source.holds)
  }
}
