/** What a queue is set to. Times are seconds, sizes bytes, as in the API. */
export type QueueAttributes = {
  delaySeconds: number
  maximumMessageSize: number
  messageRetentionPeriod: number
  visibilityTimeout: number
  pollingWaitSeconds: number
  deadLetter: DeadLetterPolicy | undefined
}

/** A message that was received `maxReceiveCount` times and comes back goes to `queue` instead of a further consumer. */
export type DeadLetterPolicy = { queue: string; maxReceiveCount: number }

export const defaultAttributes: QueueAttributes = {
  delaySeconds: 0,
  maximumMessageSize: 65_536,
  messageRetentionPeriod: 345_600,
  visibilityTimeout: 30,
  pollingWaitSeconds: 0,
  deadLetter: undefined,
}

export const limits = {
  delaySeconds: [0, 604_800],
  maximumMessageSize: [1024, 65_536],
  messageRetentionPeriod: [60, 604_800],
  visibilityTimeout: [1, 43_200],
  pollingWaitSeconds: [0, 30],
  maxReceiveCount: [1, 1000],
  priority: [1, 16],
  batch: [1, 16],
} as const satisfies Record<string, readonly [number, number]>

export type Limited = keyof typeof limits

const elements: Record<Limited, string> = {
  delaySeconds: 'DelaySeconds',
  maximumMessageSize: 'MaximumMessageSize',
  messageRetentionPeriod: 'MessageRetentionPeriod',
  visibilityTimeout: 'VisibilityTimeout',
  pollingWaitSeconds: 'PollingWaitSeconds',
  maxReceiveCount: 'MaxReceiveCount',
  priority: 'Priority',
  batch: 'numOfMessages',
}

/** What is wrong with the value, in the service's words; undefined where it is within its limits. */
export function outOfRange(of: Limited, value: number): string | undefined {
  const [low, high] = limits[of]
  if (Number.isInteger(value) && value >= low && value <= high) return undefined
  return `The value of ${elements[of]} should between ${low} and ${high} seconds/bytes`
}

/** The first thing wrong with the attributes of queue `name`. */
export function attributesFault(name: string, attributes: QueueAttributes): string | undefined {
  const { deadLetter, ...numbers } = attributes
  for (const [of, value] of Object.entries(numbers)) {
    const fault = outOfRange(of as keyof typeof numbers, value)
    if (fault !== undefined) return fault
  }
  if (deadLetter === undefined) return undefined
  if (deadLetter.queue === name) return 'The value of DeadLetterTargetQueue should be another queue than the queue itself'
  return outOfRange('maxReceiveCount', deadLetter.maxReceiveCount)
}

export function sameAttributes(a: QueueAttributes, b: QueueAttributes): boolean {
  const { deadLetter: one, ...numbers } = a
  const { deadLetter: other, ...others } = b
  const same = (Object.keys(numbers) as (keyof typeof numbers)[]).every(key => numbers[key] === others[key])
  return same && one?.queue === other?.queue && one?.maxReceiveCount === other?.maxReceiveCount
}
