import { XMLParser, XMLValidator } from 'fast-xml-parser'

/** An element to be written: text, or children in order. */
export type Xml = { name: string; namespace?: string; content: string | readonly Xml[] }

export function element(name: string, content: string | number | boolean | readonly Xml[] = ''): Xml {
  return { name, content: typeof content === 'object' ? content : String(content) }
}

/** The document with `root` in `namespace`, escaped. */
export function writeXml(root: Xml, namespace?: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(namespace === undefined ? root : { ...root, namespace })}`
}

function write({ name, namespace, content }: Xml): string {
  const open = namespace === undefined ? name : `${name} xmlns="${escapeXml(namespace)}"`
  const inner = typeof content === 'string' ? escapeXml(content) : content.map(write).join('')
  return `<${open}>${inner}</${name}>`
}

/** `\r` would come back as `\n` if it were written bare: a parser normalises line ends. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r]/g, character => replacements[character] ?? character)
}

const replacements: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' }

/** An element as read: each child's name leads to all children of that name, in order. */
export type XmlRead = { text: string; children: ReadonlyMap<string, readonly XmlRead[]> }

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
})

/** The root element if the text is one well-formed document with that root and no DOCTYPE; otherwise undefined. */
export function readXml(text: string, root: string): XmlRead | undefined {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) return undefined
  const roots = (parser.parse(text) as Ordered[]).filter(node => !('#text' in node))
  const only = roots[0]
  return roots.length === 1 && only !== undefined && root in only ? read(only[root]) : undefined
}

/** The text of the first child of that name; undefined where there is none. */
export function textOf(parent: XmlRead, name: string): string | undefined {
  return parent.children.get(name)?.[0]?.text
}

type Ordered = Record<string, Ordered[] | string>

function read(nodes: Ordered[] | string | undefined): XmlRead {
  const children = new Map<string, XmlRead[]>()
  let text = ''
  for (const node of typeof nodes === 'object' ? nodes : []) {
    for (const [name, content] of Object.entries(node)) {
      if (name === '#text') text += String(content)
      else children.set(name, [...(children.get(name) ?? []), read(content)])
    }
  }
  return { text, children }
}
