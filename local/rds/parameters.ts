import type { Request } from '../serve.ts'

/** From the query and, where the body is a form, from there too. */
export function paramsOf(request: Request): Record<string, string> {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
  return { ...parametersIn(request.rawQuery), ...(isForm ? parametersIn(request.body.toString('utf8')) : {}) }
}

/** RFC 3986, which leaves fewer characters alone than encodeURIComponent. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** Names and values of a query or of a form body. */
export function parametersIn(encoded: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const pair of encoded === '' ? [] : encoded.split('&')) {
    const [name = '', value = ''] = splitPair(pair)
    found[formDecoded(name)] = formDecoded(value)
  }
  return found
}

/** Undecoded. */
export function splitPair(pair: string): [string, string] {
  const mark = pair.indexOf('=')
  return mark < 0 ? [pair, ''] : [pair.slice(0, mark), pair.slice(mark + 1)]
}

/** A broken escape is left as it came: its signature cannot match then. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** In a query or a form, `+` is a space. */
export const formDecoded = (text: string): string => decoded(text.replaceAll('+', ' '))
