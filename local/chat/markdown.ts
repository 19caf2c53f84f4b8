/** Text as HTML text or as an attribute's value in quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

/**
 * The little Markdown that chat cards use: headings, list items, quotes, bold and links, as HTML. Everything else stays the text it is;
 * no markup of the sender's passes, and only http and https are linked.
 */
export function markdownHtml(text: string): string {
  const blocks: string[] = []
  let open: Block | undefined
  const close = () => {
    if (open !== undefined)
      blocks.push(`<${open.tag}>${open.lines.join(open.tag === 'p' || open.tag === 'blockquote' ? '<br>' : '')}</${open.tag}>`)
    open = undefined
  }
  const add = (tag: Block['tag'], line: string) => {
    if (open?.tag !== tag) close()
    open = { tag, lines: [...(open?.lines ?? []), line] }
  }
  for (const line of text.split(/\r?\n/)) {
    const [, heading] = /^#{1,6}\s+(.*)$/.exec(line) ?? []
    const [, bullet] = /^\s*[-*+]\s+(.*)$/.exec(line) ?? []
    const [, number] = /^\s*\d{1,9}[.)]\s+(.*)$/.exec(line) ?? []
    const [, quote] = /^>\s?(.*)$/.exec(line) ?? []
    if (line.trim() === '') close()
    else if (heading !== undefined) {
      close()
      blocks.push(`<h3>${inline(heading)}</h3>`)
    } else if (bullet !== undefined) add('ul', `<li>${inline(bullet)}</li>`)
    else if (number !== undefined) add('ol', `<li>${inline(number)}</li>`)
    else if (quote !== undefined) add('blockquote', inline(quote))
    else add('p', inline(line.trim()))
  }
  close()
  return blocks.join('\n')
}

type Block = { tag: 'p' | 'ul' | 'ol' | 'blockquote'; lines: string[] }

const marks = /\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?:\/\/[^\s()]+)\)/g

function inline(text: string): string {
  let html = ''
  let at = 0
  for (const match of text.matchAll(marks)) {
    const [whole, bold, label = '', url = ''] = match
    html += escapeHtml(text.slice(at, match.index))
    html +=
      bold === undefined ? `<a href="${escapeHtml(url)}" rel="noreferrer">${escapeHtml(label)}</a>` : `<strong>${inline(bold)}</strong>`
    at = match.index + whole.length
  }
  return html + escapeHtml(text.slice(at))
}
