import { readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { CallCount, Chain } from './chain.ts'
import type { Cold, ColdRow } from './cold.ts'
import type { Page } from './page.ts'

export const sections = ['cold', 'page', 'chain'] as const
export type Section = (typeof sections)[number]

const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

/** What the aims of this project are: times bare node, and bytes. A person waits for answer-approval. */
const aims = { ready: (name: string) => (name === 'answer-approval' ? 1.6 : 2.5), memory: 1.6, zip: 500_000 }

/** When and on what: the class of the machine, not its name. */
function measuredOn(): string {
  const [cpu] = cpus()
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, ${cpus().length} cores of ${cpu?.model.trim() ?? 'an unknown kind'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${process.platform} ${process.arch}, load ${loadavg()[0]?.toFixed(1)}`
}

export function coldText({ bare, rows, runs }: Cold): string {
  const times = (value: number, of: number) => `${(value / of).toFixed(2)} ×`
  const line = ({ name, ready, call, plain, zip }: ColdRow) => [
    name,
    `${ready.ms.toFixed(0)} ms`,
    times(ready.ms, bare.ms),
    times(ready.cpu, bare.cpu),
    times(ready.kb, bare.kb),
    times(call.ms, bare.ms),
    times(call.kb, bare.kb),
    times(plain.ms, bare.ms),
    times(plain.kb, bare.kb),
    `${Math.round(zip / 1000)} KB`,
    missed({ name, ready, call, plain, zip, packages: [] }, bare).join(', ') || 'met',
  ]
  const head = ['function', 'ready', 'time', 'CPU', 'memory', 'first call: time', 'memory', 'SDKs plainly: time', 'memory', 'zip', 'aims']
  return [
    `Measured ${measuredOn()}; median of ${runs}, all in turn. Bare node: ${bare.ms.toFixed(0)} ms, ${bare.cpu.toFixed(0)} ms of CPU, ${Math.round(bare.kb / 1024)} MB. Ratios are to that.`,
    '',
    table(head, rows.map(line)),
  ].join('\n')
}

export function pageText({ ready, page, cpu, wire, runs }: Page): string {
  return `Measured ${measuredOn()}; median of ${runs}: the handler is ready after ${ready.toFixed(0)} ms, the page is whole after ${page.toFixed(0)} ms, ${cpu.toFixed(0)} of them CPU, with OSS ${wire} ms away.`
}

function missed({ name, ready, call, zip }: ColdRow, bare: Cold['bare']): string[] {
  return [
    ...(ready.ms / bare.ms > aims.ready(name) ? [`ready over ${aims.ready(name)} ×`] : []),
    ...(Math.max(ready.kb, call.kb) / bare.kb > aims.memory ? [`memory over ${aims.memory} ×`] : []),
    ...(zip > aims.zip ? [`zip over ${aims.zip / 1000} KB`] : []),
  ]
}

/** How long the services of the small day take: a restart is half a second there and minutes in an account. */
export function chainText({ renewed, seconds, calls }: Chain): string {
  const callers = [...new Set(calls.map(one => one.by))].sort()
  const services = [...new Set(calls.map(one => one.service))].sort()
  const each = (of: readonly CallCount[]) => {
    const sum = of.reduce((total, one) => total + one.count, 0)
    return sum === 0 ? '' : (sum / renewed).toFixed(1)
  }
  const rows = callers.map(by => {
    const own = calls.filter(one => one.by === by)
    return [by, ...services.map(service => each(own.filter(one => one.service === service))), each(own)]
  })
  const all = ['all', ...services.map(service => each(calls.filter(one => one.service === service))), each(calls)]
  return [
    `Measured ${measuredOn()}: ${renewed} instances renewed in ${seconds.toFixed(1)} s, restarts of half a second and sweeps every 2.5 s among it. Calls for each renewal:`,
    '',
    table(['caller', ...services, 'all'], [...rows, all]),
  ].join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** Replaces what stands between the marks of a section, and nothing else. */
export async function writeSection(section: Section, text: string): Promise<void> {
  const before = await readFile(page, 'utf8')
  const [begin, end] = [`<!-- measured: ${section} -->`, `<!-- /measured: ${section} -->`]
  const [from, to] = [before.indexOf(begin), before.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${begin} … ${end}`)
  await writeFile(page, `${before.slice(0, from)}${begin}\n${text}\n${before.slice(to)}`)
}
