import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** A command of a document, with the line it stands in; `shown` is the output below it, undefined where none is shown. */
export type Step = { line: number; command: string; shown: string[] | undefined }

/** A file that a document shows whole: its block's first line names it, `# my-policy.yaml`. */
export type Shown = { line: number; file: string; text: string }

export type Doc = { name: string; text: string; steps: Step[]; files: Shown[]; notRun: string[]; mentioned: string[] }

export const pathOf = (name: string) => fileURLToPath(new URL(`../../docs/${name}.md`, import.meta.url))

/**
 * Every fenced block of a shell: `sh` holds commands alone, `console` commands after `$ ` with what they print. Any other language is no
 * command; a block without one is a fault of the document.
 */
export async function readDoc(name: string): Promise<Doc> {
  const text = await readFile(pathOf(name), 'utf8')
  const doc: Doc = { name, text, steps: [], files: [], notRun: notRunOf(text), mentioned: mentionedIn(text) }
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const fence = /^```(\w*)$/.exec(lines[at] ?? '')
    if (!fence) continue
    const end = lines.indexOf('```', at + 1)
    const block = lines.slice(at + 1, end)
    const first = at + 2
    if (fence[1] === 'sh') doc.steps.push(...commandsIn(block, first))
    else if (fence[1] === 'console') doc.steps.push(...sessionIn(block, first))
    else if (fence[1] === 'yaml') doc.files.push({ line: first, file: /^# (\S+)$/.exec(block[0] ?? '')?.[1] ?? '', text: block.join('\n') })
    else if (fence[1] !== 'text') throw new Error(`docs/${name}.md:${at + 1}: a block is sh, console, yaml or text`)
    at = end
  }
  return doc
}

function commandsIn(block: readonly string[], first: number): Step[] {
  return block.flatMap((line, n) => {
    const command = line.replace(/\s+# .*$/, '').trim()
    return command === '' || command.startsWith('#') ? [] : [{ line: first + n, command, shown: undefined }]
  })
}

function sessionIn(block: readonly string[], first: number): Step[] {
  const steps: Step[] = []
  for (const [n, line] of block.entries()) {
    if (line.startsWith('$ ')) steps.push({ line: first + n, command: line.slice(2), shown: [] })
    else steps.at(-1)?.shown?.push(line)
  }
  for (const { shown } of steps) while (shown?.at(-1) === '') shown.pop()
  return steps
}

/** The commands of the section that says what no test runs: each in code at the start of its line. */
function notRunOf(text: string): string[] {
  const section = text.split('\n## Not run by a test\n')[1] ?? ''
  return [...section.matchAll(/^- `([^`]+)`/gm)].map(([, command = '']) => command)
}

/** Whether what was printed is what a document shows: `…` in it stands for anything in a line, and alone for any lines. */
export function isAsShown(shown: readonly string[], printed: string): boolean {
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*')
  const lines = shown.map(line => (line === '…' ? '(?:.*\\n)*?' : `${escaped(line)}\\n`))
  return new RegExp(`^${lines.join('')}$`).test(printed)
}

/** `rds-tls …` outside of what is run: in code within a sentence or a table, and in blocks of text. */
function mentionedIn(text: string): string[] {
  const prose = text.replace(/^```(sh|console|yaml)$[\s\S]*?^```$/gm, '')
  const inline = [...prose.matchAll(/`(rds-tls [^`]+)`/g)]
  const cron = [...prose.matchAll(/^[\d*/ ]+ {2}(rds-tls .+?)(?: {2,}#.*)?$/gm)]
  return [...inline, ...cron].map(([, command = '']) => command.trim())
}
