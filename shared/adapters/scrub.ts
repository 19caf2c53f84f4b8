/** What may stand in a client's message and must not stand in ours, with what replaces it. Order matters: a PEM block holds base64, a URL holds tokens. */
const secrets: readonly (readonly [RegExp, string])[] = [
  // Signature errors quote the whole string to sign, and with it the security token.
  [/(server )?string ?to ?sign.*$/is, '(string to sign)'],
  [/-----BEGIN [\s\S]*?(-----END [^-]*-----|$)/g, '(PEM)'],
  [/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, '(URL)'],
  [/\S*[?&][\w.-]+=\S*/g, '(query)'],
  [/\b(LTAI|STS\.)[\w.-]{6,}/g, '(access key)'],
  [/[A-Za-z0-9+/_=%-]{40,}/g, '(token)'],
  [/\p{Cc}+/gu, ' '],
]

/** At most 300 characters of a message that others wrote, without URLs, queries, keys and tokens. A hang-up's message holds the whole URL. */
export function scrub(message: string): string {
  const clean = secrets.reduce((text, [pattern, instead]) => text.replace(pattern, instead), message)
  return clean.length > 300 ? `${clean.slice(0, 299)}…` : clean
}
