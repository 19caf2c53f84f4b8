import { html, raw } from 'hono/html'
import { style, styleHash } from './style.ts'
import { type Language, languages, wordsOf } from './words.ts'

/** A piece of page whose texts are escaped. */
export type Markup = ReturnType<typeof html>

export type Frame = {
  language: Language
  title: string
  /** Where a skip link leads, if the page has an answer to skip to. */
  skipTo: { id: string; label: string } | undefined
  /** The same page in a language; undefined where there is no address to come back to. */
  hrefIn: ((language: Language) => string) | undefined
  main: Markup
}

/** The whole document around a page's content. No script, one style, nothing loaded from anywhere. */
export function framed({ language, title, skipTo, hrefIn, main }: Frame): string {
  const words = wordsOf(language)
  const others = languages.filter(one => one !== language)
  const page = html`<!doctype html>
<html lang="${words.tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
${skipTo && html`<a class="skip" href="#${skipTo.id}">${skipTo.label}</a>`}
<header>
<p>rds-tls-renewal</p>
${hrefIn && html`<nav aria-label="${words.page.language}">${others.map(one => html`<a href="${hrefIn(one)}" hreflang="${wordsOf(one).tag}" lang="${wordsOf(one).tag}">${wordsOf(one).name}</a>`)}</nav>`}
</header>
<main>${main}</main>
</body>
</html>
`
  return page.toString()
}

/**
 * The headers of every reply. The link is a bearer's right, so nothing may keep it or pass it on: not a cache, not a Referer, not a frame.
 * With `no-referrer` a browser posts the form with `Origin: null`; do not check it.
 */
export function pageHeaders(): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `style-src '${styleHash}'`,
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy.join('; '),
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'X-Robots-Tag': 'noindex, nofollow',
    'Cross-Origin-Opener-Policy': 'same-origin',
  }
}
