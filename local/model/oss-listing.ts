/** What ListObjectsV2 asks for; `after` is `start-after`, `token` what the page before gave as `next`. */
export type Listing = { prefix?: string; delimiter?: string; after?: string; token?: string; maxKeys?: number }

/** A page: keys and common prefixes are in UTF-8 order and count together towards `maxKeys`. */
export type Page = { keys: string[]; commonPrefixes: string[]; next: string | undefined }

/** The order of the service: by the bytes of the UTF-8 form, where UTF-16 puts 😀 before U+FF5E. */
export function utf8Order(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const one = a.charCodeAt(at)
    const other = b.charCodeAt(at)
    if (one !== other) return raised(one) - raised(other)
  }
  return a.length - b.length
}

/** Surrogates stand for code points beyond all others. */
function raised(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** One page out of `sorted` keys (in UTF-8 order). Undefined where the token is none of ours. */
export function pageOf(
  sorted: readonly string[],
  { prefix = '', delimiter = '', after = '', token, maxKeys = 100 }: Listing,
): Page | undefined {
  const last = token === undefined ? after : readToken(token)
  if (last === undefined) return undefined
  const page: Page = { keys: [], commonPrefixes: [], next: undefined }
  let shown: string = last
  for (let at = place(sorted, utf8Order(last, prefix) < 0 ? prefix : last); at < sorted.length; at++) {
    const key = sorted[at] as string
    if (!key.startsWith(prefix)) break
    if (key === last) continue
    const cut: number = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const common: string | undefined = cut < 0 ? undefined : key.slice(0, cut + delimiter.length)
    if (common !== undefined && (common === page.commonPrefixes.at(-1) || (token !== undefined && common === last))) continue
    if (page.keys.length + page.commonPrefixes.length === maxKeys) return { ...page, next: writeToken(shown) }
    if (common === undefined) page.keys.push(key)
    else page.commonPrefixes.push(common)
    shown = common ?? key
  }
  return page
}

/** Where the first key not before `bound` stands. */
function place(sorted: readonly string[], bound: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (utf8Order(sorted[middle] as string, bound) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function writeToken(last: string): string {
  return Buffer.from(last).toString('base64')
}

function readToken(token: string): string | undefined {
  const last = Buffer.from(token, 'base64').toString()
  return token !== '' && writeToken(last) === token ? last : undefined
}
