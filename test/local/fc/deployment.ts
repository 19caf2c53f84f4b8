import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Delivery } from '../../../local/fc/deliveries.ts'
import { type Fc, startFc } from '../../../local/fc/fc.ts'
import type { Line } from '../../../local/fc/invocation.ts'
import type { FcOptions } from '../../../local/fc/options.ts'
import { queuesOf } from '../../../local/fc/queues.ts'
import { readSpec } from '../../../local/fc/spec.ts'
import { type MnsModel, mnsModel } from '../../../local/model/mns.ts'
import { type Principal, principalsOf } from '../../../local/principals.ts'

export const accountId = '1234567890123456'
export const start = Date.parse('2026-05-10T18:00:00Z')

/** One function of a deployment made for a test: its code is the text of an ES module with an export `handler`. */
export type Made = { code: string; props?: Record<string, unknown>; triggers?: unknown[] }

export type Deployment = {
  folder: string
  fc: Fc
  model: MnsModel
  lines: Line[]
  deliveries: Delivery[]
  /** The embedded clock in ms: set it to move the time. */
  clock: { time: number; now(): number }
  /** Sends text as clients do, in base64. */
  send(queue: string, text: string, delaySeconds?: number): string
  /** The next delivery (of those that had not been told yet) that `wanted` accepts. */
  delivered(wanted?: (delivery: Delivery) => boolean): Promise<Delivery>
  written(text: string): Promise<Line>
  /** What lies in a queue, decoded. */
  lying(queue: string): string[]
  close(): Promise<void>
}

export const caller: Principal = { name: 'a laptop', accountId, accessKeyId: 'LTAI-caller', accessKeySecret: 'secret-of-the-caller' }

export const session = (name: string): Principal => ({
  name,
  accountId,
  accessKeyId: `STS.${name}`,
  accessKeySecret: `secret-of-${name}`,
  securityToken: `token-of-${name}`,
})

export async function writeDeployment(functions: Record<string, Made>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'deployment-'))
  const resources: Record<string, unknown> = {}
  for (const [name, { code, props, triggers }] of Object.entries(functions)) {
    await mkdir(join(folder, 'dist', name), { recursive: true })
    await writeFile(join(folder, 'dist', name, 'index.js'), code)
    await writeFile(join(folder, 'dist', name, 'package.json'), '{"type":"module"}')
    const common = { functionName: name, region: 'cn-hangzhou', runtime: 'nodejs20', handler: 'index.handler', timeout: 20 }
    resources[name] = {
      component: 'fc3@0.1.22',
      props: { ...common, code: `./dist/${name}`, ...props, ...(triggers && { triggers }) },
    }
  }
  await writeFile(join(folder, 's.yaml'), stringify({ edition: '3.0.0', name: 'made-for-a-test', access: 'default', resources }))
  return folder
}

/** A deployment that runs: every queue that a trigger names exists, and waits before retries take no time. */
export async function deploy(
  functions: Record<string, Made>,
  more: Partial<FcOptions> = {},
  extraQueues: string[] = [],
): Promise<Deployment> {
  const folder = await writeDeployment(functions)
  const spec = await readSpec(join(folder, 's.yaml'), { accountId })
  const model = mnsModel()
  const clock = { time: start, now: () => clock.time }
  const named = spec.functions.flatMap(({ triggers }) =>
    triggers.flatMap(one => (one.type === 'stream' ? [one.queue, one.deadLetters ?? ''] : [])),
  )
  for (const queue of [...named, ...extraQueues]) if (queue !== '') model.createQueue(queue, { visibilityTimeout: 600 }, start)
  const lines: Line[] = []
  const deliveries: Delivery[] = []
  const onLines = new Set<() => void>()
  const onDeliveries = new Set<() => void>()
  let told = 0
  const fc = await startFc({
    spec,
    queues: queuesOf(model),
    clock,
    principals: principalsOf([caller]),
    session: fn => session(fn.name),
    scale: { retry: 0 },
    random: () => 0.5,
    onLine: line => {
      lines.push(line)
      for (const look of onLines) look()
    },
    onDelivery: delivery => {
      deliveries.push(delivery)
      for (const look of onDeliveries) look()
    },
    ...more,
  })
  return {
    folder,
    fc,
    model,
    lines,
    deliveries,
    clock,
    send(queue, text, delaySeconds = 0) {
      const sent = model.send(queue, { body: Buffer.from(text).toString('base64'), delaySeconds }, clock.time)
      if (!sent.ok) throw new Error(sent.fault.message)
      return sent.value.messageId
    },
    delivered: (wanted = () => true) =>
      when(onDeliveries, () => {
        const at = deliveries.findIndex((delivery, index) => index >= told && wanted(delivery))
        if (at >= 0) told = at + 1
        return deliveries[at]
      }),
    written: text => when(onLines, () => lines.find(line => line.text === text)),
    lying: queue => model.messages(queue, clock.time).map(({ body }) => Buffer.from(body, 'base64').toString()),
    async close() {
      await fc.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function when<T>(events: Set<() => void>, find: () => T | undefined): Promise<T> {
  return new Promise(resolve => {
    const look = () => {
      const found = find()
      if (found === undefined) return
      events.delete(look)
      resolve(found)
    }
    events.add(look)
    look()
  })
}

export function fromQueue(
  queue: string,
  options: { retry?: string; tolerance?: string; letters?: string; enabled?: boolean; decode?: boolean } = {},
) {
  const { retry = 'BACKOFF_RETRY', tolerance = 'ALL', letters = 'letters', enabled = true, decode = true } = options
  return {
    triggerName: 'from-queue',
    triggerType: 'eventbridge',
    triggerConfig: {
      triggerEnable: enabled,
      asyncInvocationType: false,
      eventRuleFilterPattern: '{}',
      eventSourceConfig: {
        eventSourceType: 'MNS',
        eventSourceParameters: { sourceMNSParameters: { RegionId: 'cn-hangzhou', QueueName: queue, IsBase64Decode: decode } },
      },
      eventSinkConfig: { deliveryOption: { eventSchema: 'CloudEvents' } },
      runOptions: {
        mode: 'event-streaming',
        errorsTolerance: tolerance,
        retryStrategy: { PushRetryStrategy: retry },
        ...(letters && { deadLetterQueue: { Arn: `acs:mns:cn-hangzhou:${accountId}:/queues/${letters}` } }),
        batchWindow: { CountBasedWindow: 1, TimeBasedWindow: 0 },
      },
    },
  }
}

export function timer(name: string, cronExpression: string, payload = '{}', enable = true) {
  return { triggerName: name, triggerType: 'timer', triggerConfig: { cronExpression, enable, payload } }
}

export function page(methods = ['GET', 'POST']) {
  return { triggerName: 'page', triggerType: 'http', triggerConfig: { authType: 'anonymous', disableURLInternet: false, methods } }
}
