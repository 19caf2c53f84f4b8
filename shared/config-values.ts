import { durationOf } from './domain/duration.ts'
import { type Pace, pace } from './domain/pace.ts'

/** True for an address that leaves no machine: 127.0.0.0/8, ::1 or localhost, with or without a port. */
export function loopback(address: string): boolean {
  return /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/.test(address)
}

/** Reads a variable's text. What is wrong with it goes to `note`, as the end of a sentence that begins with its name; the result is thrown away then. */
export type Reading<T> = (text: string, note: (problem: string) => void) => T

export const matching =
  (pattern: RegExp, problem: string): Reading<string> =>
  (text, note) => {
    if (!pattern.test(text)) note(problem)
    return text
  }

/** `host` or `host:port`, as the RPC clients take it: a scheme or a path inside breaks their signatures. */
export const endpoint = matching(/^([A-Za-z0-9.-]+|\[::1\])(:\d{1,5})?$/, 'must be host or host:port, without a scheme and without a path')

/** A base URL, read without its last slash. */
export const webUrl: Reading<string> = (text, note) => {
  const problem = problemOf(text)
  if (problem !== undefined) note(problem)
  return text.replace(/\/+$/, '')
}

/** Scheme, host and port alone: MNS and OSS sign the path, and a path that stands in the endpoint breaks the signature. */
export const origin: Reading<string> = (text, note) => {
  const url = webUrl(text, note)
  if (problemOf(text) === undefined && new URL(url).pathname !== '/') note('must have no path: scheme, host and port alone')
  return url
}

function problemOf(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return 'must be a URL that begins with https:// or http://'
  if (url.username !== '' || url.search !== '' || url.hash !== '') return 'must be a plain URL, without a user, a query or a fragment'
  return undefined
}

export const text: Reading<string> = value => value
export const accountNumber = matching(/^\d+$/, 'must be the number of the Alibaba Cloud account')
const region = matching(/^(oss-)?[a-z]{2,}(-[a-z0-9]+)+$/, 'must be a region like cn-hangzhou')
/** OSS writes `oss-cn-hangzhou`. */
export const regionName: Reading<string> = (name, note) => region(name, note).replace(/^oss-/, '')
export const regionList: Reading<string[]> = (list, note) => list.split(',').map(name => regionName(name.trim(), note))
export const bucketName = matching(
  /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  "must be a bucket's name: 3 to 63 lower-case letters, digits and hyphens",
)
const fiveDigits = matching(/^[1-9]\d{0,4}$/, 'must be a whole number of calls per minute and action, from 1 to 99999')
export const callsPerMinute: Reading<number> = (count, note) => Number(fiveDigits(count, note))

const isProtocol = (name: string): name is 'http' | 'https' => name === 'http' || name === 'https'
export const protocolName: Reading<'http' | 'https'> = (name, note) => {
  if (isProtocol(name)) return name
  note('must be http or https')
  return 'https'
}

export const secretsReference: Reading<string> = (reference, note) => {
  const key = /^oss:(?!\/)(.+)$/.exec(reference)?.[1]
  if (key !== undefined) return key
  note(
    reference.startsWith('kms:')
      ? 'names a KMS secret, which is not built yet: use oss:KEY, an encrypted object in JOURNAL_BUCKET'
      : 'must be oss:KEY, the key of an object in JOURNAL_BUCKET',
  )
  return reference
}

export const paceOverride: Reading<Partial<Pace>> = (json, note) => {
  const wanted = parseObject(json)
  if (wanted === undefined) note('must be a JSON object of durations, like {"settleAfter":"5s"}')
  const faster: Partial<Pace> = {}
  for (const [name, value] of Object.entries(wanted ?? {})) {
    const duration = typeof value === 'string' ? durationOf(value) : undefined
    if (!Object.hasOwn(pace, name)) note(`names no duration in one of its keys: known are ${Object.keys(pace).join(', ')}`)
    else if (duration === undefined) note(`must give ${name} as a duration like 15m or 5s`)
    else Object.assign(faster, { [name]: duration })
  }
  return faster
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
