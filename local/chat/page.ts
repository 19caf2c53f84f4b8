import { createHash } from 'node:crypto'
import type { ChatCard, ChatModel, ChatRefusal } from '../model/chat.ts'
import { escapeHtml, markdownHtml } from './markdown.ts'

const style = `
:root { color-scheme: light dark; --ground: #f4f5f7; --card: #fff; --text: #1c1e21; --quiet: #5b626b; --line: #d9dce1; --accent: #0b57d0; --on-accent: #fff; --alarm: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #131416; --card: #1f2124; --text: #e4e6e9; --quiet: #a3a9b2; --line: #3a3d42; --accent: #a8c7fa; --on-accent: #062e6f; --alarm: #f2b8b5; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main, header, footer { max-width: 40rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding-top: .75rem; padding-bottom: .25rem; }
h1 { font-size: 1.25rem; margin: 0; }
a { color: var(--accent); }
header a { display: inline-block; padding: .6rem 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem; margin: .75rem 0; }
article.urgent { border-left: 5px solid var(--alarm); }
h2 { font-size: 1.0625rem; line-height: 1.35; margin: 0 0 .25rem; }
h3 { font-size: 1rem; margin: .75rem 0 .25rem; }
.meta { color: var(--quiet); font-size: .875rem; margin: 0 0 .5rem; }
.meta strong { color: var(--alarm); }
p, ul, ol, blockquote { margin: .5rem 0; }
ul, ol { padding-left: 1.25rem; }
blockquote { border-left: 3px solid var(--line); padding-left: .75rem; color: var(--quiet); margin-left: 0; }
nav { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .75rem; }
.button { flex: 1 1 8rem; min-height: 2.75rem; padding: .55rem 1rem; border-radius: 8px; background: var(--accent); color: var(--on-accent); font-weight: 600; text-align: center; text-decoration: none; }
.button:hover { text-decoration: underline; }
.empty { color: var(--quiet); text-align: center; padding: 3rem 0; }
footer { color: var(--quiet); font-size: .875rem; padding-bottom: 2rem; }
footer summary { padding: .6rem 0; cursor: pointer; }
`

/** Nothing may load or run here, and a link that is followed does not tell where it stood. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** The inbox as a page without script: newest card first. It reloads itself only while it is empty. */
export function inboxPage(model: ChatModel): string {
  const cards = model.cards()
  const reload = cards.length === 0 ? '\n<meta http-equiv="refresh" content="2">' : ''
  const body = cards.length === 0 ? '<p class="empty">Nothing yet. Cards appear here as they arrive.</p>' : cards.map(cardHtml).join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inbox (${cards.length})</title>${reload}
<style>${style}</style>
</head>
<body>
<header><h1>Inbox</h1><a href="/" accesskey="r">Refresh</a></header>
<main>
${body}
</main>
${refusalsHtml(model.refusals())}</body>
</html>
`
}

function cardHtml(card: ChatCard, at: number): string {
  const titleId = `card-${at}`
  const urgent = card.urgent ? '<strong>Urgent</strong> · ' : ''
  const times = card.deliveries > 1 ? ` · delivered ${card.deliveries} times` : ''
  const buttons = card.buttons.map(
    ({ label, url }) =>
      `<a class="button" href="${escapeHtml(url)}" rel="noreferrer" aria-describedby="${titleId}">${escapeHtml(label)}</a>`,
  )
  const nav = buttons.length === 0 ? '' : `\n<nav aria-label="Actions">${buttons.join('')}</nav>`
  return `<article${card.urgent ? ' class="urgent"' : ''}>
<h2 id="${titleId}" dir="auto">${escapeHtml(card.title)}</h2>
<p class="meta">${urgent}${escapeHtml(card.channel)} · ${timeHtml(card.receivedAt)}${times}</p>
<div dir="auto">
${markdownHtml(withoutTitle(card))}
</div>${nav}
</article>`
}

/** Robots repeat the title as the text's first heading, because the chat itself shows the title in its list only. */
function withoutTitle({ title, text }: ChatCard): string {
  const [first = '', ...rest] = text.split('\n')
  return first.replace(/^#+\s+/, '').trim() === title.trim() ? rest.join('\n') : text
}

function refusalsHtml(refusals: readonly ChatRefusal[]): string {
  if (refusals.length === 0) return ''
  const items = refusals
    .slice(0, 20)
    .map(({ channel, reason, at }) => `<li>${escapeHtml(channel)}, ${timeHtml(at)}: ${escapeHtml(reason)}</li>`)
  return `<footer><details><summary>Refused: ${refusals.length}</summary><ul>${items.join('')}</ul></details></footer>\n`
}

function timeHtml(ms: number): string {
  const iso = new Date(ms).toISOString()
  return `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`
}
