import { createHash, createHmac } from 'node:crypto'

/**
 * What a signature of version 4 covers. `date` is the request's own text, `YYYYMMDDTHHMMSSZ` of x-oss-date or the date of HTTP that stands
 * in for it, which needs its `day`, `YYYYMMDD`, beside it; `additional` are the names of further signed headers.
 */
export type SignedParts = {
  method: string
  bucket: string
  key: string
  query: readonly (readonly [string, string])[]
  headers: Readonly<Record<string, string>>
  additional: readonly string[]
  date: string
  day?: string
  region: string
}

/** Lower-case hex HMAC-SHA256 by the rules of OSS4-HMAC-SHA256 (manual: "Include a V4 signature in the Authorization header"). */
export function signatureV4(secret: string, parts: SignedParts): string {
  const day = parts.day ?? parts.date.slice(0, 8)
  const scope = `${day}/${parts.region}/oss/aliyun_v4_request`
  // Headers are bytes on the wire, one to a character here.
  const hashed = createHash('sha256')
    .update(Buffer.from(canonicalRequest(parts), 'latin1'))
    .digest('hex')
  const signing = [day, parts.region, 'oss', 'aliyun_v4_request'].reduce<Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`aliyun_v4${secret}`),
  )
  return createHmac('sha256', signing).update(`OSS4-HMAC-SHA256\n${parts.date}\n${scope}\n${hashed}`).digest('hex')
}

function canonicalRequest({ method, bucket, key, query, headers, additional }: SignedParts): string {
  const path = encoded(`/${bucket === '' ? '' : `${bucket}/`}${key}`).replaceAll('%2F', '/')
  const parameters = query
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .sort(([a, one], [b, other]) => (a === b ? order(one, other) : order(a, b)))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&')
  const signed = Object.keys(headers).filter(name => isAlwaysSigned(name) || additional.includes(name))
  const lines = signed.sort().map(name => `${name}:${(headers[name] ?? '').trim()}\n`)
  const payload = headers['x-oss-content-sha256'] ?? 'UNSIGNED-PAYLOAD'
  return [method, path, parameters, lines.join(''), additional.join(';'), payload].join('\n')
}

function order(a: string, b: string): number {
  return a < b ? -1 : 1
}

function isAlwaysSigned(name: string): boolean {
  return name === 'content-type' || name === 'content-md5' || name.startsWith('x-oss-')
}

/** Everything but the unreserved characters of RFC 3986, as UTF-8. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
