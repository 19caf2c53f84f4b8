import { createHash, createHmac } from 'node:crypto'
import type { Principal } from '../../../local/principals.ts'

export type Wire = { method: string; path: string; query: string; headers: Record<string, string>; body: string }

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** An ACS3 request written from the specification alone, sharing nothing with the verifier. */
export function signed(principal: Principal, more: Partial<Wire> & { nonce?: string; date?: string; action?: string } = {}): Wire {
  const { method = 'POST', path = '/', query = 'RegionId=cn-hangzhou', body = '' } = more
  const headers: Record<string, string> = {
    host: '127.0.0.1:1',
    'x-acs-action': more.action ?? 'DescribeRegions',
    'x-acs-version': '2014-08-15',
    'x-acs-date': more.date ?? '2026-05-10T00:00:00Z',
    'x-acs-signature-nonce': more.nonce ?? 'nonce-1',
    'x-acs-content-sha256': sha256(body),
    ...(principal.securityToken ? { 'x-acs-security-token': principal.securityToken } : {}),
    ...(body ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    ...more.headers,
  }
  const names = Object.keys(headers).sort()
  const lines = names.map(name => `${name}:${headers[name]}\n`).join('')
  const canonical = [method, path, query.split('&').sort().join('&'), lines, names.join(';'), sha256(body)].join('\n')
  const signature = createHmac('sha256', principal.accessKeySecret)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex')
  const authorization = `ACS3-HMAC-SHA256 Credential=${principal.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`
  return { method, path, query, body, headers: { ...headers, authorization } }
}
