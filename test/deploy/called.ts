import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { consumerOf, queueOf } from '../../shared/flow.ts'
import type { OperatorPorts } from '../../shared/ports.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The methods of the ports behind which something signs its requests: `journal.append`. */
type Signing = 'rds' | 'journal' | 'queue' | 'bundles' | 'probes' | 'letters' | 'logNames'
type Acts<T> = { [K in keyof T & string]: T[K] extends (...given: never[]) => unknown ? K : never }[keyof T & string]
export type Method = { [P in Signing]: `${P}.${Acts<OperatorPorts[P]>}` }[Signing]

export type Called = {
  methods: Set<Method>
  /** Needs whose making reads the secrets. */
  readsSecrets: boolean
  /** Where its messages go. */
  queues: Set<string>
}

/** What a function's own code, without the adapters and without all that it cannot reach, calls of its ports and puts into queues. */
export async function calledBy(name: string, known: readonly Method[]): Promise<Called> {
  const adapters: Plugin = {
    name: 'adapters',
    setup: ({ onResolve }) => onResolve({ filter: /\/adapters\// }, ({ path }) => ({ path, external: true, sideEffects: false })),
  }
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`functions/${name}.ts`],
    bundle: true,
    write: false,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    treeShaking: true,
    minifySyntax: true,
    plugins: [adapters],
  })
  const code = outputFiles.map(file => file.text).join('\n')
  // The bundler numbers names that occur twice: journal2.append.
  const methods = new Set(known.filter(method => new RegExp(`\\b${method.replace('.', '\\d*\\.')}\\(`).test(code)))
  const events = [...code.matchAll(/\bevent\("(\w+)"/g)].flatMap(([, type]) => (type !== undefined && isEvent(type) ? [type] : []))
  const queues = new Set(events.map(type => queueOf(consumerOf[type])))
  // A message that is put back to its own queue, to come again.
  if (/queue\d*\.send\(\[approved\]/.test(code)) queues.add(queueOf(consumerOf.RenewalApproved))
  // A dead letter goes back to whichever queue it came from.
  if (methods.has('letters.remove')) for (const step of Object.values(consumerOf)) queues.add(queueOf(step))
  return { methods, queues, readsSecrets: /\bneeds[:= ]+\[[^\]]*"(chat|approvals)"/.test(code) }
}

const isEvent = (type: string): type is keyof typeof consumerOf => Object.hasOwn(consumerOf, type)
