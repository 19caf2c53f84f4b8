import type { Listed, VendorTask } from '../../domain/instance.ts'
import { Fault } from '../../errors.ts'
import type { Rds, UpdateReply, ValidityUpdate } from '../../ports.ts'
import type { Limiter } from '../limiter.ts'
import { patient, type RetryLimits, retrying } from '../retry.ts'
import type { Timing } from '../timing.ts'
import { type Failure, failureOf, faultOfRead, passesSoon, saysGone, saysNoProxy, saysNoTls, updateReplyOf } from './answer.ts'
import type { ClientOf, Requests } from './client.ts'
import {
  readHistory,
  readInstance,
  readPage,
  readPort,
  readProtection,
  readProxies,
  readRegions,
  readRequestId,
  readTags,
  readTasks,
} from './replies.ts'

export type RdsTools = {
  clientOf: ClientOf
  requests: Requests
  limiter: Limiter
  timing: Timing
  /** Asked for the list of regions. */
  home: string
  /** The regions to look at, where the deployment names them. */
  regions: readonly string[] | undefined
  retry?: RetryLimits
}

/** A reply of the SDK: its body as a model that can be written as the service wrote it. */
type Reply = { body?: { toMap(): Record<string, unknown> } }

/** The Rds port over Alibaba's SDK. Reads keep the rate and are tried again; Update Validity is sent once, at once. */
export function rdsOver({ clientOf, requests, limiter, timing, home, regions, retry = patient }: RdsTools): Rds {
  /** `no` turns failures that are answers ("gone", "has no TLS") into values, where a read has such. */
  async function read<T>(region: string, action: string, call: () => Promise<Reply>, take: (body: unknown) => T, no?: No<T>): Promise<T> {
    return retrying(
      async () => {
        await limiter.take(`${region} ${action}`)
        const reply = await settled(call())
        if ('failure' in reply) {
          const value = no?.(reply.failure)
          if (value) return value.is
          throw faultOfRead(reply.failure, action)
        }
        return take(reply.body)
      },
      timing,
      { ...retry, worth: passesSoon },
    )
  }

  async function tagsOf(region: string, id: string): Promise<Record<string, string>> {
    const all: [string, string][] = []
    let nextToken: string | undefined
    do {
      const request = new requests.ListTagResourcesRequest({ regionId: region, resourceType: 'INSTANCE', resourceId: [id], nextToken })
      const call = () => clientOf(region).listTagResources(request)
      const page = await read(
        region,
        'ListTagResources',
        call,
        readTags,
        failure => saysGone(failure) && { is: { tags: [], next: undefined } },
      )
      all.push(...page.tags)
      nextToken = page.next
    } while (nextToken !== undefined)
    return Object.fromEntries(all)
  }

  return {
    async regions() {
      if (regions !== undefined) return [...regions]
      const request = new requests.DescribeRegionsRequest({})
      return read(home, 'DescribeRegions', () => clientOf(home).describeRegions(request), readRegions)
    },

    async list(region, next) {
      const request = new requests.DescribeDBInstancesRequest({ regionId: region, maxResults: 100, nextToken: next })
      const call = () => clientOf(region).describeDBInstances(request)
      return read<{ instances: Listed[]; next?: string }>(region, 'DescribeDBInstances', call, body => readPage(body, region))
    },

    async instance(region, id) {
      const request = new requests.DescribeDBInstanceAttributeRequest({ DBInstanceId: id })
      const call = () => clientOf(region).describeDBInstanceAttribute(request)
      const bare = await read(region, 'DescribeDBInstanceAttribute', call, body => readInstance(body, region, {}), whereGone)
      return bare && { ...bare, tags: await tagsOf(region, id) }
    },

    async protection(region, id) {
      const request = new requests.DescribeDBInstanceSSLRequest({ DBInstanceId: id })
      const call = () => clientOf(region).describeDBInstanceSSL(request)
      return read(region, 'DescribeDBInstanceSSL', call, readProtection, failure =>
        saysNoTls(failure) ? { is: { enabled: false } } : whereGone(failure),
      )
    },

    async proxies(region, id) {
      const request = new requests.GetDbProxyInstanceSslRequest({ regionId: region, dbInstanceId: id })
      const call = () => clientOf(region).getDbProxyInstanceSsl(request)
      return read(region, 'GetDbProxyInstanceSsl', call, readProxies, failure => saysNoProxy(failure) && { is: [] })
    },

    async port(region, id, host) {
      const request = new requests.DescribeDBInstanceNetInfoRequest({ DBInstanceId: id })
      const call = () => clientOf(region).describeDBInstanceNetInfo(request)
      return read(region, 'DescribeDBInstanceNetInfo', call, body => readPort(body, host), whereGone)
    },

    async vendorTasks(region) {
      const all: VendorTask[] = []
      for (let pageNumber = 1, seen = 0; ; pageNumber++) {
        const request = new requests.DescribeActiveOperationTasksRequest({
          region,
          productId: 'RDS',
          status: -1,
          pageSize: 100,
          pageNumber,
        })
        const call = () => clientOf(region).describeActiveOperationTasks(request)
        const page = await read(region, 'DescribeActiveOperationTasks', call, readTasks)
        all.push(...page.tasks)
        seen += page.rows
        if (seen >= page.total) return all
        if (page.rows === 0)
          throw new Fault('BadReply', `DescribeActiveOperationTasks: ${seen} of ${page.total} tasks came, then an empty page`)
      }
    },

    // Tried again like a read: a second time does no more than the first.
    async cancelTask(region, id) {
      const request = new requests.CancelActiveOperationTasksRequest({ ids: id })
      const call = () => clientOf(region).cancelActiveOperationTasks(request)
      await read(region, 'CancelActiveOperationTasks', call, () => undefined)
    },

    async tasksSince(region, id, since) {
      const request = new requests.DescribeHistoryTasksRequest({
        regionId: region,
        instanceId: id,
        fromStartTime: inSeconds(since),
        // The service's clock may be ahead of ours: nothing that it has begun may be left out.
        toStartTime: inSeconds(timing.now() + 3_600_000),
        pageSize: 100,
      })
      return read(region, 'DescribeHistoryTasks', () => clientOf(region).describeHistoryTasks(request), readHistory)
    },

    async updateValidity(update): Promise<UpdateReply> {
      // It must not wait: the caller has just looked at the clock, and a late call is a restart outside the window.
      if (!limiter.tryTake(`${update.region} ModifyDBInstanceSSL`)) {
        return { reply: 'refused', code: 'RateExhausted', message: 'nothing was sent: this process reached its own rate (RDS_RATE)' }
      }
      const reply = await settled(modify(update))
      if ('failure' in reply) return updateReplyOf(reply.failure)
      const requestId = readRequestId(reply.body)
      return requestId === undefined ? { reply: 'unknown', cause: 'an answer without RequestId' } : { reply: 'accepted', requestId }
    },
  }

  async function modify({ region, instance, host, value, caType, settings }: ValidityUpdate): Promise<Reply> {
    const request = new requests.ModifyDBInstanceSSLRequest({
      DBInstanceId: instance,
      connectionString: host,
      SSLEnabled: value,
      CAType: caType,
      forceEncryption: settings.forceEncryption,
      tlsVersion: settings.tlsVersion,
      ...(settings.clientCa !== undefined && { clientCAEnabled: 1, clientCACert: settings.clientCa }),
      ...(settings.clientCrl !== undefined && { clientCrlEnabled: 1, clientCertRevocationList: settings.clientCrl }),
      ACL: settings.acl,
      replicationACL: settings.replicationAcl,
    })
    return clientOf(region).modifyDBInstanceSSL(request)
  }
}

/** The service takes no fraction of a second. */
const inSeconds = (at: string | number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

type No<T> = (failure: Failure) => { is: T } | false

const whereGone = (failure: Failure): { is: undefined } | false => saysGone(failure) && { is: undefined }

async function settled(reply: Promise<Reply>): Promise<{ body: unknown } | { failure: Failure }> {
  try {
    return { body: (await reply).body?.toMap() }
  } catch (error) {
    return { failure: failureOf(error) }
  }
}
