import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { li, type SmallCloud } from '../cli/cloud.ts'
import { type } from '../cli/typed.ts'
import type { Step } from './markdown.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where a reader of a document stands: a folder, a home, a cloud, and the exit status of the last command. */
export class Stage {
  readonly folder: string
  readonly #cloud: SmallCloud
  readonly #meaning = new Map<string, string>()
  readonly #open: { close(): Promise<void> }[] = []
  #status = 0

  static async over(cloud: SmallCloud): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'rds-tls-docs-'))
    await mkdir(join(folder, 'home'))
    return new Stage(folder, cloud)
  }

  private constructor(folder: string, cloud: SmallCloud) {
    this.folder = folder
    this.#cloud = cloud
  }

  /** Until the reader leaves. */
  closes(one: { close(): Promise<void> }): void {
    this.#open.push(one)
  }

  async leave(): Promise<void> {
    await Promise.all(this.#open.map(one => one.close()))
    await rm(this.folder, { recursive: true })
  }

  /** Writes a file anew, from what it was. */
  async write(file: string, change: (text: string) => string): Promise<void> {
    const path = join(this.folder, file)
    await writeFile(path, change(await readFile(path, 'utf8').catch(() => '')))
  }

  /** What a word in capitals stands for. */
  means(word: string, is: string): void {
    this.#meaning.set(word, is)
  }

  /** Types a command, answers what it asks by what the document shows, and gives back what stands on the terminal then. */
  async types({ command, shown = [] }: Step): Promise<{ printed: string; status: number }> {
    if (command === 'echo $?') return { printed: `${this.#status}\n`, status: 0 }
    const { printed, status } = command.startsWith('rds-tls ')
      ? await this.#runs(words(command).slice(1), shown)
      : await this.#shell(command)
    this.#status = status
    const ended = printed === '' || printed.endsWith('\n') ? printed : `${printed}\n`
    return { printed: this.#masked(ended), status }
  }

  async #runs(given: readonly string[], shown: readonly string[]): Promise<{ printed: string; status: number }> {
    const cloudFile = join(this.folder, 'cloud.json')
    await writeFile(cloudFile, JSON.stringify({ env: this.#cloud.as(li) }))
    const args = given.map(word => (word.startsWith('~/') ? join(this.folder, 'home', word.slice(2)) : this.#fileOr(word)))
    const seen = await type(args, {
      now: () => new Date(),
      env: { ...this.#cloud.as(li), HOME: join(this.folder, 'home'), RDS_TLS_LOCAL: cloudFile },
      sleep: async ms => this.#cloud.pass(ms / 1000),
      answers: shown.flatMap(line => /\b[Tt]ype .*: (\S+)$/.exec(line)?.[1] ?? []),
    })
    return { printed: seen.err + seen.out, status: seen.exit }
  }

  #fileOr(word: string): string {
    const here = join(this.folder, word)
    return this.#meaning.get(word) ?? (/^[\w.-]+$/.test(word) && existsSync(here) ? here : word)
  }

  async #shell(command: string): Promise<{ printed: string; status: number }> {
    const npm = command.startsWith('npm run ')
    const env = { ...process.env, HOME: join(this.folder, 'home') }
    const hosts = await readFile(this.#cloud.env.ENDPOINT_HOSTS ?? '', 'utf8').catch(() => '')
    const reached = [...hosts.matchAll(/^(\S+) (\S+)$/gm)].reduce(
      (text, [, host = '', address = '']) => text.replace(new RegExp(`(-connect )${host}:\\d+`), `$1${address}`),
      [...this.#meaning].reduce(
        (text, [word, is]) => text.replaceAll(word, is),
        command.replaceAll('https://YOUR-BUNDLE-HOST', this.#cloud.insides().BUNDLE_BASE_URL),
      ),
    )
    return new Promise(resolve => {
      const child = execFile('sh', ['-c', `exec 2>&1\n${reached}`], { cwd: npm ? root : this.folder, env }, (error, out) =>
        resolve({ printed: out, status: typeof error?.code === 'number' ? error.code : error ? 1 : 0 }),
      )
      child.stdin?.end()
    })
  }

  /** What is another at each run, as a reader would see it or as `…`. */
  #masked(text: string): string {
    return text
      .replaceAll(`${this.folder}/home`, '~')
      .replaceAll(`${this.folder}/`, '')
      .replaceAll(this.#cloud.insides().BUNDLE_BASE_URL, 'https://YOUR-BUNDLE-HOST')
      .replace(/127\.0\.0\.1:\d+/g, '…')
      .replace(/^npm warn .*\n/gm, '')
      .replace(/\b(?=[\dA-F-]*[A-F])[\dA-F]{8,32}(-[\dA-F]+)*\b|\b(?=\d*[a-f])[\da-f]{12,64}\b/g, '…')
  }
}

/** As a shell splits them, for the few quotes that documents need. */
export const words = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => single ?? double ?? plain ?? '')
