import * as z from 'zod'

/** True for an address that leaves no machine: 127.0.0.0/8, ::1 or localhost, with or without a port. */
export function loopback(address: string): boolean {
  return /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/.test(address)
}

/** `host` or `host:port`, as the RPC clients take it: a scheme or a path inside breaks their signatures. */
export const endpoint = z
  .string()
  .regex(/^([A-Za-z0-9.-]+|\[::1\])(:\d{1,5})?$/, 'must be host or host:port, without a scheme and without a path')

/** A base URL, read without its last slash. */
export const webUrl = z.string().transform((value, context) => {
  const problem = problemOf(value)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  return value.replace(/\/+$/, '')
})

/** Scheme, host and port alone: MNS and OSS sign the path, and a path that stands in the endpoint breaks the signature. */
export const origin = webUrl.transform((value, context) => {
  if (URL.canParse(value) && new URL(value).pathname !== '/') {
    context.addIssue({ code: 'custom', message: 'must have no path: scheme, host and port alone' })
  }
  return value
})

function problemOf(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return 'must be a URL that begins with https:// or http://'
  if (url.username !== '' || url.search !== '' || url.hash !== '') return 'must be a plain URL, without a user, a query or a fragment'
  return undefined
}
