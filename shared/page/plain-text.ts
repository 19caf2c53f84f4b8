/**
 * Text that others wrote (instance descriptions, error messages) on its way to people: one line, nothing invisible, at most `most`
 * characters.
 */
export function plain(text: string, most: number): string {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    // Zero-width and right-to-left marks would let one name look like another.
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .replace(/ {2,}/g, ' ')
    .trim()
  const characters = [...line]
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('')}…`
}

/**
 * The same, for the inside of a card's Markdown. Every chat has its own Markdown and its own escapes, so what could mark up, link or
 * mention is replaced by its full-width twin, which none of them takes for markup. Never at the beginning of a line.
 */
export function inline(text: string, most: number): string {
  return plain(text, most)
    .replace(/[*`~[\]<>|\\@]/g, widened)
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, widened)
    .replace(/:\/\//g, ':／／')
    .replace(/\bwww\./gi, match => `${match.slice(0, -1)}．`)
}

/** ASCII and its full-width forms lie at a fixed distance in Unicode. */
const widened = (character: string) => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0)

/**
 * Takes out of an error message what must reach nobody. The last of several fences: adapters scrub at the edge. Of a URL only its origin
 * stays, since webhooks carry their secret in the path.
 */
export function redacted(text: string): string {
  return text
    .replace(/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, hidden)
    .replace(/\beyJ[\w-]{5,}(\.[\w-]*){1,4}/g, hidden)
    .replace(/\b(LTAI|STS\.)[A-Za-z0-9]{6,}/g, hidden)
    .replace(/(https?:\/\/)(?:[^\s/?#"'<>]*@)?([^\s/?#"'<>]+)[/?#][^\s"'<>]*/gi, '$1$2/…')
    .replace(/(secret|token|password|signature|access_?key_?id)(\s*=\s*["']?|["']\s*:\s*["'])[^\s&"',;]+/gi, `$1$2${hidden}`)
}

const hidden = '(hidden)'
