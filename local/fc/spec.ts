import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import * as z from '../../shared/schema.ts'
import { FcError, faultsOf } from './error.ts'
import { type Trigger, triggersOf } from './triggers.ts'

/** One function as s.yaml describes it, in the platform's units: seconds, MB. `vpc` is the VPC it stands in, `role` the name of its RAM role. */
export type FunctionSpec = {
  name: string
  codeDir: string
  handler: string
  timeout: number
  memory: number
  role: string | undefined
  vpc: string | undefined
  env: Readonly<Record<string, string>>
  triggers: readonly Trigger[]
  /** How often an asynchronous invocation (so also a timer's) is repeated after a failure. */
  asyncRetries: number
}

export type Spec = { region: string; accountId: string; functions: readonly FunctionSpec[] }

/** What the platform takes of a function's properties; the component's own schema, much wider, is a test's matter. */
const props = z.object({
  functionName: z
    .string()
    .check(z.regex(/^[A-Za-z_][\w-]{0,63}$/, 'must be letters, digits, _ and -, at most 64, and begin with a letter')),
  region: z.string(),
  runtime: z.literal('nodejs20', 'must be nodejs20: the embedded Function Compute runs nothing else'),
  code: z.string('must be the folder of the bundle'),
  handler: z.string().check(z.regex(/^[\w-]+\.\w+$/, 'must be file.export')),
  timeout: z._default(z.int().check(z.minimum(1), z.maximum(86400)), 3),
  memorySize: z._default(z.int().check(z.multipleOf(64), z.minimum(128)), 512),
  role: z.optional(z.string()),
  vpcConfig: z.optional(z.object({ vpcId: z.string() })),
  environmentVariables: z._default(z.record(z.string(), z.string()), {}),
  asyncInvokeConfig: z._default(z.object({ maxAsyncRetryAttempts: z._default(z.int().check(z.minimum(0), z.maximum(8)), 3) }), {
    maxAsyncRetryAttempts: 3,
  }),
  triggers: z._default(z.array(z.unknown()), []),
})

/** Reads s.yaml by the official parser. Throws FcError BadSpec, naming the resource and the field; resources of other components are left out. */
export async function readSpec(path: string, { accountId }: { accountId: string }): Promise<Spec> {
  const functions: FunctionSpec[] = []
  const regions = new Set<string>()
  for (const { projectName, component, props: given } of await readSteps(path, { accountId })) {
    if (!/^fc3(@|$)/.test(component)) continue
    const read = props.safeParse(given)
    if (!read.success) throw new FcError('BadSpec', `${path}, ${projectName}: ${faultsOf(read.error)}`)
    const of = read.data
    regions.add(of.region)
    functions.push({
      name: of.functionName,
      codeDir: resolve(dirname(path), of.code),
      handler: of.handler,
      timeout: of.timeout,
      memory: of.memorySize,
      role: of.role?.split('/').pop(),
      vpc: of.vpcConfig?.vpcId,
      env: of.environmentVariables,
      triggers: triggersOf(of.triggers, { at: `${path}, ${projectName}`, region: of.region, accountId }),
      asyncRetries: of.asyncInvokeConfig.maxAsyncRetryAttempts,
    })
  }
  const [region, ...more] = regions
  if (region === undefined) throw new FcError('BadSpec', `${path} has no resource of the component fc3`)
  if (more.length > 0)
    throw new FcError('BadSpec', `${path}: functions of one deployment share a region, but here are ${[...regions].join(', ')}`)
  return { region, accountId, functions }
}

/** One resource with everything resolved. */
export type Step = { projectName: string; component: string; props: unknown }

/**
 * The parser looks for credentials in the environment, then in a person's own store, and writes what it finds in `.env` files into the
 * environment: it gets an account without keys, and what it changed is put back. Throws FcError BadSpec.
 */
export async function readSteps(path: string, { accountId }: { accountId: string }): Promise<Step[]> {
  const { default: ParseSpec } = createRequire(import.meta.url)(
    '@serverless-devs/parse-spec',
  ) as typeof import('@serverless-devs/parse-spec')
  const before = { ...process.env }
  const silent = { debug() {}, info() {}, log() {}, warn() {}, warnOnce() {}, error() {}, tips() {} }
  Object.assign(process.env, { AccountID: accountId, AccessKeyID: '-', AccessKeySecret: '-' })
  try {
    const { steps } = await new ParseSpec(path, { argv: ['deploy'], logger: silent }).start()
    return steps
  } catch (error) {
    throw new FcError('BadSpec', `${path}: ${error instanceof Error ? error.message.trim() : String(error)}`)
  } finally {
    for (const name of Object.keys(process.env)) if (!Object.hasOwn(before, name)) delete process.env[name]
    Object.assign(process.env, before)
  }
}
