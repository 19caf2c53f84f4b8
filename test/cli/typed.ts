import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { paintOf } from '../../cli/paint.ts'
import { run } from '../../cli/run.ts'

export type Typed = { exit: number; out: string; err: string; json: () => Record<string, unknown> }

export type Situation = {
  env?: Readonly<Record<string, string | undefined>>
  now?: string | (() => Date)
  zone?: string
  /** What a person types when asked, in order; absent: nobody can be asked. */
  answers?: readonly string[]
  colours?: boolean
  /** What waiting does; nothing unless told. */
  sleep?: (ms: number) => Promise<void>
}

/** Types a command line as a person in Shanghai, or where `zone` says, would; the command itself is the real one. */
export async function type(args: readonly string[], of: Situation = {}): Promise<Typed & { asked: string[] }> {
  const { env = {}, now = new Date().toISOString(), zone = 'Asia/Shanghai', answers, colours = false, sleep = async () => {} } = of
  const [out, err, asked]: [string[], string[], string[]] = [[], [], []]
  const left = [...(answers ?? [])]
  const ask = async (question: string) => {
    asked.push(question)
    const answer = left.shift()
    if (answer === undefined) throw new Error(`asked once more than there are answers: ${question}`)
    err.push(question + answer)
    return answer
  }
  const exit = await run(args, {
    out: line => void out.push(line),
    err: line => void err.push(line),
    paint: paintOf(colours),
    progress: () => {},
    ask: answers === undefined ? undefined : ask,
    now: () => (typeof now === 'string' ? new Date(now) : now()),
    sleep,
    zone,
    env,
  })
  const text = (lines: string[]) => lines.map(line => `${line}\n`).join('')
  return { exit, out: text(out), err: text(err), asked, json: () => JSON.parse(out.join('\n')) as Record<string, unknown> }
}

const golden = (name: string) => fileURLToPath(new URL(`golden/${name}.txt`, import.meta.url))

/** Holds what a command said against the file that people reviewed; `npx vitest run test/cli -u` writes it anew. */
export async function expectGolden(name: string, args: readonly string[], typed: Typed, more: readonly Replacement[] = []): Promise<void> {
  const asked = typed.err === '' ? '' : `\n[stderr]\n${typed.err}`
  const text = `$ rds-tls ${args.join(' ')}\n${typed.out}${asked}\n[exit ${typed.exit}]\n`
  await expect(normal(text, more)).toMatchFileSnapshot(golden(name))
}

type Replacement = readonly [pattern: RegExp | string, instead: string]

/** What is another at each run: ports of the system, keys of the embedded authority and all that follows from them. */
function normal(text: string, more: readonly Replacement[]): string {
  const all: Replacement[] = [...more, [/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT'], [/\b[0-9a-f]{64}\b/g, '(SHA-256)']]
  return all.reduce((now, [pattern, instead]) => now.replaceAll(pattern, instead), text)
}
