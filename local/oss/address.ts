import type { Request } from '../serve.ts'
import { type Refusal, refusal } from './faults.ts'

/**
 * What a request is about. `keys` are the readings of its path, likeliest first: a `+` there is a plus sign, but some clients mean a
 * space by it, and only the signature tells. An empty key is the bucket itself.
 */
export type Address = { bucket: string; keys: readonly string[]; host: string; public: boolean }

/**
 * A bucket in the Host header (`BUCKET.oss-REGION[-internal].aliyuncs.com`, `BUCKET.localhost`, or before one of `publicUrls`), else
 * the first part of the path. `publicUrls` are mainland public endpoints: a host among them or below them makes the address public.
 */
export function addressOf(request: Request, publicUrls: readonly string[]): Address | Refusal {
  const host = (request.headers.host ?? '').toLowerCase()
  const endpoint = publicUrls.map(url => new URL(url)).find(url => isAt(host, url))
  const domain = endpoint?.hostname ?? /(?:^|\.)(oss-[a-z0-9-]+\.aliyuncs\.com|localhost)(?::\d+)?$/.exec(host)?.[1] ?? ''
  const hostname = host.replace(/:\d+$/, '')
  const inHost = domain !== '' && hostname.endsWith(`.${domain}`) ? hostname.slice(0, -domain.length - 1) : ''
  const [, bucketInPath = '', rest = ''] = /^\/([^/]*)(?:\/(.*))?$/s.exec(request.rawPath) ?? []
  const bucket = inHost === '' ? decoded(bucketInPath) : inHost
  const rawKey = inHost === '' ? rest : request.rawPath.slice(1)
  const key = decoded(rawKey)
  if (bucket === undefined || key === undefined) return refusal('InvalidURI')
  const spaced = rawKey.includes('+') ? decoded(rawKey.replaceAll('+', '%20')) : undefined
  return { bucket, keys: spaced === undefined ? [key] : [key, spaced], host, public: endpoint !== undefined }
}

function isAt(host: string, { hostname, port, host: withPort }: URL): boolean {
  const asked = port === '' ? host.replace(/:\d+$/, '') : host
  const own = port === '' ? hostname : withPort
  return asked === own || asked.endsWith(`.${own}`)
}

function decoded(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw)
  } catch {
    return undefined
  }
}

/** The query's names and values in order. A name without `=` and one with nothing after it are the same to the service. */
export function queryOf(rawQuery: string): [string, string][] | undefined {
  const pairs: [string, string][] = []
  for (const part of rawQuery.split('&')) {
    if (part === '') continue
    const mark = part.indexOf('=')
    const name = decoded((mark < 0 ? part : part.slice(0, mark)).replaceAll('+', '%20'))
    const value = mark < 0 ? '' : decoded(part.slice(mark + 1).replaceAll('+', '%20'))
    if (name === undefined || value === undefined) return undefined
    pairs.push([name, value])
  }
  return pairs
}
