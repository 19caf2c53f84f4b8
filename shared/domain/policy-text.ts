import { isNode, LineCounter, parseDocument } from 'yaml'
import { Fault } from '../errors.ts'
import type * as z from '../schema.ts'
import { type Policy, policySchema } from './policy.ts'

/** A policy as read: its meaning, and the document it was read from, which is what the journal keeps. */
export type PolicyText = { policy: Policy; document: unknown }

/** Reads policy.yaml. Throws BadConfig with every fault and its line: `policy.yaml:7: defaults.ask: …`. */
export function readPolicy(text: string, file = 'policy.yaml'): PolicyText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const line = (offset: number) => lines.linePos(offset).line
  if (document.errors.length > 0) {
    const faults = document.errors.map(error => `${file}:${line(error.pos[0])}: ${error.message.split('\n')[0]}`)
    throw new Fault('BadConfig', faults.join('\n'))
  }
  const json = document.toJS() as unknown
  const checked = policySchema.safeParse(json)
  if (checked.success) return { policy: checked.data, document: json }
  const faults = checked.error.issues.flatMap(issue => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map(key => [...issue.path, key]) : [issue.path]
    return paths.map(path => {
      return { at: line(offsetOf(document, path)), text: `${path.join('.') || 'the whole file'}: ${wordsOf(issue)}` }
    })
  })
  faults.sort((a, b) => a.at - b.at)
  throw new Fault('BadConfig', faults.map(fault => `${file}:${fault.at}: ${fault.text}`).join('\n'))
}

/** The schema library's own words are for programmers. */
function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'unknown key: check its spelling and its place'
  if (issue.code === 'invalid_key') return issue.issues.map(one => one.message).join('; ')
  if (!issue.message.startsWith('Invalid ')) return issue.message
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`
  if (issue.code !== 'invalid_type') return issue.message
  return issue.message.endsWith('received undefined') ? 'is missing' : `must be ${nouns[issue.expected] ?? issue.expected}`
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a block of keys',
  record: 'a block of keys',
}

/** Where the nearest node that exists on `path` begins, so that a missing key points at its parent. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

/** The same policy, which only observes: one word of its text is another. Throws BadConfig for a text that is no policy. */
export function observing(text: string): PolicyText & { text: string } {
  readPolicy(text)
  const mode = parseDocument(text).get('mode', true)
  const [from, to] = isNode(mode) && mode.range ? mode.range : [0, 0]
  const changed = `${text.slice(0, from)}observe${text.slice(to)}`
  return { ...readPolicy(changed), text: changed }
}
