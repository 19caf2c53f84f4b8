/** The person who opens a link of a card and answers its page, as a browser would: the GET shows, the POST of the form answers. */
export type Page = { link: string; items: string[]; token: string; action: string }

export async function openPage(link: string): Promise<Page> {
  const response = await fetch(link)
  const html = await response.text()
  if (!response.ok) throw new Error(`${response.status} from the approval page: ${titleOf(html)}`)
  const items = [...html.matchAll(/<input\b[^>]*\bname="item"[^>]*>/g)].map(([tag]) => attribute(tag, 'value'))
  const token = attribute(/<input\b[^>]*\bname="token"[^>]*>/.exec(html)?.[0] ?? '', 'value')
  const action = attribute(/<form\b[^>]*>/.exec(html)?.[0] ?? '', 'action')
  return { link, items, token, action: new URL(action, link).href }
}

/** Approves everything that a page asks, with the number that a person types. Answers with the renewals. */
export async function approveAll(link: string): Promise<string[]> {
  const page = await openPage(link)
  if (page.items.length === 0) return []
  const form = new URLSearchParams({ token: page.token, decision: 'approve', count: String(page.items.length) })
  for (const item of page.items) form.append('item', item)
  const response = await fetch(page.action, { method: 'POST', body: form })
  if (!response.ok) throw new Error(`${response.status} from the approval page: ${titleOf(await response.text())}`)
  return page.items
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  return value.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>')
}

const titleOf = (html: string): string => /<title>([^<]*)/.exec(html)?.[1] ?? 'a page without a title'
