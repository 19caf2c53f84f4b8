import * as z from '../../shared/schema.ts'
import { unreachable } from '../perform.ts'
import { FcError, faultsOf } from './error.ts'

export type TimerTrigger = { type: 'timer'; name: string; enabled: boolean; cron: string; payload: string }
export type HttpTrigger = { type: 'http'; name: string; methods: readonly string[] }
/** An event stream from a queue. `deadLetters` is a queue; with `tolerance` NONE a message that keeps failing stops the stream. */
export type StreamTrigger = {
  type: 'stream'
  name: string
  enabled: boolean
  queue: string
  base64: boolean
  retry: 'BACKOFF_RETRY' | 'EXPONENTIAL_DECAY_RETRY'
  tolerance: 'ALL' | 'NONE'
  deadLetters: string | undefined
}
export type Trigger = TimerTrigger | HttpTrigger | StreamTrigger

const timer = z.object({ cronExpression: z.string(), enable: z.boolean(), payload: z._default(z.string(), '') })

const http = z.object({
  authType: z.literal('anonymous', 'must be anonymous: the embedded Function Compute serves no other'),
  methods: z.array(z.string()).check(z.minLength(1)),
})

const one = z.literal(1, 'must be 1: a larger window repeats its whole batch when one message fails')
const stream = z.object({
  triggerEnable: z.boolean(),
  asyncInvocationType: z.literal(false, 'must be false: an asynchronous delivery counts as done before the function has run'),
  eventSourceConfig: z.object({
    eventSourceType: z.literal('MNS', 'must be MNS: the embedded Function Compute streams from nothing else'),
    eventSourceParameters: z.object({
      sourceMNSParameters: z.object({
        RegionId: z.string(),
        QueueName: z.string().check(z.minLength(1)),
        IsBase64Decode: z._default(z.boolean(), true),
      }),
    }),
  }),
  eventSinkConfig: z.object({ deliveryOption: z.object({ eventSchema: z.literal('CloudEvents') }) }),
  runOptions: z.object({
    mode: z.literal('event-streaming'),
    errorsTolerance: z._default(z.enum(['ALL', 'NONE']), 'NONE'),
    retryStrategy: z._default(z.object({ PushRetryStrategy: z.enum(['BACKOFF_RETRY', 'EXPONENTIAL_DECAY_RETRY']) }), {
      PushRetryStrategy: 'BACKOFF_RETRY',
    }),
    deadLetterQueue: z.optional(z.object({ Arn: z.string() })),
    batchWindow: z.object({ CountBasedWindow: one }),
  }),
})

const trigger = z.discriminatedUnion('triggerType', [
  z.object({ triggerType: z.literal('timer'), triggerName: z.string(), triggerConfig: timer }),
  z.object({ triggerType: z.literal('http'), triggerName: z.string(), triggerConfig: http }),
  z.object({ triggerType: z.literal('eventbridge'), triggerName: z.string(), triggerConfig: stream }),
])

export type Place = { at: string; region: string; accountId: string }

/** Throws FcError BadSpec: a kind of trigger that is not run here, a field that is missing or wrong, or a queue in another region or account. */
export function triggersOf(given: readonly unknown[], place: Place): Trigger[] {
  return given.map((one, index) => {
    const read = trigger.safeParse(one)
    if (!read.success) throw new FcError('BadSpec', `${place.at}: triggers.${index}: ${faultsOf(read.error)}`)
    return triggerOf(read.data, place)
  })
}

function triggerOf({ triggerType, triggerName: name, triggerConfig: config }: z.infer<typeof trigger>, place: Place): Trigger {
  switch (triggerType) {
    case 'timer':
      return { type: 'timer', name, enabled: config.enable, cron: config.cronExpression, payload: config.payload }
    case 'http':
      return { type: 'http', name, methods: config.methods }
    case 'eventbridge':
      return streamOf(name, config, place)
    default:
      return unreachable(triggerType)
  }
}

function streamOf(name: string, config: z.infer<typeof stream>, { at, region, accountId }: Place): StreamTrigger {
  const source = config.eventSourceConfig.eventSourceParameters.sourceMNSParameters
  const { retryStrategy, errorsTolerance, deadLetterQueue } = config.runOptions
  if (source.RegionId !== region) {
    throw new FcError(
      'BadSpec',
      `${at}: trigger ${name} reads a queue in ${source.RegionId}, but a queue and its function share a region: ${region}`,
    )
  }
  const arn = `acs:mns:${region}:${accountId}:/queues/`
  if (deadLetterQueue && !deadLetterQueue.Arn.startsWith(arn)) {
    throw new FcError('BadSpec', `${at}: trigger ${name}: deadLetterQueue.Arn ${deadLetterQueue.Arn} must begin with ${arn}`)
  }
  return {
    type: 'stream',
    name,
    enabled: config.triggerEnable,
    queue: source.QueueName,
    base64: source.IsBase64Decode,
    retry: retryStrategy.PushRetryStrategy,
    tolerance: errorsTolerance,
    deadLetters: deadLetterQueue?.Arn.slice(arn.length),
  }
}
