import type { Fault, FaultKind, FaultService, Frequency } from './faults.ts'
import { rdsActions } from './rds.ts'

/** Short names of the calls that faults are mostly made for; every call can be named in full, whatever its case. */
const short: Record<FaultService, Record<string, readonly string[]>> = {
  rds: {
    modify: ['ModifyDBInstanceSSL'],
    list: ['DescribeDBInstances'],
    attribute: ['DescribeDBInstanceAttribute'],
    ssl: ['DescribeDBInstanceSSL'],
    net: ['DescribeDBInstanceNetInfo'],
    tags: ['ListTagResources'],
    tasks: ['DescribeActiveOperationTasks'],
    history: ['DescribeHistoryTasks'],
    regions: ['DescribeRegions'],
  },
  mns: { send: ['SendMessage', 'BatchSendMessage'], receive: ['ReceiveMessage', 'BatchReceiveMessage'] },
  oss: { put: ['PutObject'], get: ['GetObject'], head: ['HeadObject'], list: ['ListObjectsV2'], delete: ['DeleteObject'] },
  fc: { invoke: ['InvokeFunction'] },
  sts: { identity: ['GetCallerIdentity'], assume: ['AssumeRole'] },
  chat: { robot: ['RobotSend'], webhook: ['Webhook'] },
}
const whole: Record<FaultService, readonly string[]> = {
  rds: rdsActions,
  mns: ['DeleteMessage', 'BatchDeleteMessage', 'ChangeMessageVisibility', 'PeekMessage', 'GetQueueAttributes', 'CreateQueue'],
  oss: ['CopyObject', 'GetObjectMeta', 'GetBucketInfo', 'GetBucketVersioning', 'PutBucket'],
  fc: [],
  sts: [],
  chat: [],
}
const services = Object.keys(short) as FaultService[]
const isService = (name: string): name is FaultService => services.some(one => one === name)

const momentary = ['hang', 'html', 'empty', '5xx', 'kill'] as const
const lasting = ['throttle', 'duplicate', 'reorder', 'loss', 'keeps-old-leaf'] as const
const kindNames = [
  'hang-before, hang-after, html, html-after, empty, empty-after, 5xx, 5xx-after, throttle, delay=5s, kill-before, kill-after',
  'for mns:send also duplicate, reorder, loss',
  'for rds:modify also keeps-old-leaf',
  'for fc:FUNCTION also clock-skew=-3m',
].join('; ')

export const faultGrammar = `SERVICE:ACTION[@ABOUT]:KIND[:HOW OFTEN]
    services and actions   ${services.map(service => `${service}: ${Object.keys(short[service]).join(' ')}`).join('; ')}; or an API's own name, or *
    about                  part of the name of an instance, a queue, an object's key or a function
    kinds                  ${kindNames}
    how often              3 (the first three), 0.2 (one in five by chance), every=2; the first one where nothing is said
`

/**
 * Reads `rds:modify@mysql57-due:hang-after:2`.
 *
 * @param functions the deployed functions' names, for `clock-skew`
 * @returns a sentence that says what is wrong, and what is known instead
 */
export function readFault(text: string, functions: readonly string[]): Fault | string {
  const no = (problem: string) => `fault ${JSON.stringify(text)}: ${problem}`
  const [service = '', target = '', kindText = '', often, ...rest] = text.split(':')
  if (kindText === '' || rest.length > 0) return no('it must be SERVICE:ACTION:KIND, and may go on with :HOW OFTEN')
  if (!isService(service)) return no(`unknown service ${JSON.stringify(service)}: known are ${services.join(', ')}`)
  const kind = readKind(kindText)
  if (kind === undefined) return no(`unknown kind ${JSON.stringify(kindText)}: known are ${kindNames}`)
  const [actionText = '', about] = splitAt(target)
  if (about === '') return no('nothing follows the @: name what it is about')
  const actions = kind.kind === 'clock-skew' ? readFunction(actionText, functions) : readAction(service, actionText)
  if (typeof actions === 'string' && actions !== '*') return no(actions)
  const misplaced = misplacement(service, actions, kind, about)
  if (misplaced !== undefined) return no(misplaced)
  const frequency = often === undefined ? { first: 1 } : readFrequency(often)
  if (frequency === undefined) return no(`${JSON.stringify(often)} is no frequency: say 3, 0.2 or every=2`)
  return { text, service, actions, about, kind, frequency }
}

function splitAt(target: string): [string, string | undefined] {
  const at = target.indexOf('@')
  return at < 0 ? [target, undefined] : [target.slice(0, at), target.slice(at + 1)]
}

function readKind(text: string): FaultKind | undefined {
  const [name = '', value] = text.split('=')
  if (name === 'delay' || name === 'clock-skew') {
    const ms = readSpan(value ?? '')
    return ms === undefined || (name === 'delay' && ms < 0) ? undefined : { kind: name, ms }
  }
  if (value !== undefined) return undefined
  const always = lasting.find(one => one === name)
  if (always !== undefined) return { kind: always }
  const [, bare, when] = /^(.+?)(?:-(before|after)(?:-effect)?)?$/.exec(name) ?? []
  const kind = momentary.find(one => one === bare)
  return kind && { kind, when: when === 'after' ? 'after' : 'before' }
}

/** `5s`, `-3m`, `+1h`, `250ms`. */
function readSpan(text: string): number | undefined {
  const [, sign, number, unit] = /^([+-]?)(\d+)(ms|s|m|h)$/.exec(text) ?? []
  if (number === undefined) return undefined
  const ms = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit ?? ''] ?? 1
  return Number(`${sign}${number}`) * ms
}

function readFrequency(text: string): Frequency | undefined {
  const every = /^every=(\d+)$/.exec(text)?.[1]
  if (every !== undefined) return Number(every) > 0 ? { every: Number(every) } : undefined
  if (/^\d+$/.test(text)) return Number(text) > 0 ? { first: Number(text) } : undefined
  return /^0?\.\d+$/.test(text) && Number(text) > 0 ? { share: Number(text) } : undefined
}

function readAction(service: FaultService, text: string): '*' | readonly string[] | string {
  if (text === '*') return '*'
  const wanted = text.toLowerCase()
  const known = Object.values(short[service]).flat()
  const named = [...known, ...whole[service]].find(one => one.toLowerCase() === wanted)
  if (named !== undefined) return [named]
  const found = Object.entries(short[service]).find(([name]) => name === wanted)?.[1]
  const names = [...new Set([...Object.keys(short[service]), ...known, ...whole[service]])]
  return found ?? `unknown action ${JSON.stringify(text)} of ${service}: known are ${names.join(', ')} and *`
}

function readFunction(text: string, functions: readonly string[]): '*' | readonly string[] | string {
  if (text === '*') return '*'
  const found = functions.filter(name => name === text || name.endsWith(`-${text}`))
  return found.length > 0 ? found : `unknown function ${JSON.stringify(text)}: known are ${functions.join(', ')} and *`
}

function misplacement(
  service: FaultService,
  actions: '*' | readonly string[],
  { kind }: FaultKind,
  about: string | undefined,
): string | undefined {
  const among = (allowed: readonly string[]) => actions !== '*' && actions.every(one => allowed.includes(one))
  if ((kind === 'duplicate' || kind === 'reorder' || kind === 'loss') && !(service === 'mns' && among(short.mns.send ?? [])))
    return `${kind} befalls messages: write mns:send`
  if (service === 'mns' && kind === 'delay' && !among(short.mns.send ?? [])) return 'a message is delayed as it is sent: write mns:send'
  if (kind === 'keeps-old-leaf' && !(service === 'rds' && among(short.rds.modify ?? [])))
    return 'keeps-old-leaf follows an update: write rds:modify'
  if (kind === 'clock-skew' && service !== 'fc') return 'clocks are those of functions: write fc:FUNCTION:clock-skew=-3m'
  if (kind === 'clock-skew' && about !== undefined) return 'a clock is wrong for all that a function does: leave the @ out'
  return undefined
}
